package org.apache.beam.runners.flink.translation.wrappers.streaming;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.beam.runners.core.DoFnRunner;
import org.apache.beam.runners.core.DoFnRunners;
import org.apache.beam.runners.core.GroupAlsoByWindowViaWindowSetNewDoFn;
import org.apache.beam.runners.core.KeyedWorkItem;
import org.apache.beam.runners.core.KeyedWorkItems;
import org.apache.beam.runners.core.StepContext;
import org.apache.beam.runners.core.SystemReduceFn;
import org.apache.beam.runners.core.TimerInternals.TimerData;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.DoFnSchemaInformation;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollectionView;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.WindowingStrategy;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.util.function.BiConsumerWithException;

/**
 * Stands in for Beam's operator of the same name, which it precedes on the class path: a GroupByKey. Sessions that
 * {@link SessionRules} knows are grouped by {@link SessionGroups}, in a fraction of the time; all else by Beam's own
 * machinery, as before.
 *
 * <p>Not a repair that a version of Beam makes superfluous. It is bound to the constructor and the hooks that Beam's
 * DoFnOperator has in 2.62: whoever moves to another version compares them, and runs the conformance suite on Flink.
 */
public class WindowDoFnOperator<K, InputT, OutputT> extends DoFnOperator<KeyedWorkItem<K, InputT>, KV<K, OutputT>> {
  private static final long serialVersionUID = 1L;

  private final SystemReduceFn<K, InputT, ?, OutputT, BoundedWindow> reduceFn;
  private final Coder<WindowedValue<KeyedWorkItem<K, InputT>>> inputCoder;
  private transient SessionGroups<K, InputT, OutputT> sessions;

  public WindowDoFnOperator(
      SystemReduceFn<K, InputT, ?, OutputT, BoundedWindow> reduceFn,
      String stepName,
      Coder<WindowedValue<KeyedWorkItem<K, InputT>>> inputCoder,
      TupleTag<KV<K, OutputT>> mainOutput,
      List<TupleTag<?>> additionalOutputs,
      OutputManagerFactory<KV<K, OutputT>> outputs,
      WindowingStrategy<?, ?> windowing,
      Map<Integer, PCollectionView<?>> sideInputTags,
      Collection<PCollectionView<?>> sideInputs,
      PipelineOptions options,
      Coder<K> keyCoder,
      KeySelector<WindowedValue<KeyedWorkItem<K, InputT>>, ?> keySelector) {
    super(
        null,
        stepName,
        inputCoder,
        Collections.emptyMap(),
        mainOutput,
        additionalOutputs,
        outputs,
        windowing,
        sideInputTags,
        sideInputs,
        options,
        keyCoder,
        keySelector,
        DoFnSchemaInformation.create(),
        Collections.emptyMap());
    this.reduceFn = reduceFn;
    this.inputCoder = inputCoder;
  }

  /** Beam's own grouping; its state and timers are there from when the operator opens, and not before. */
  @Override
  @SuppressWarnings({"unchecked", "rawtypes"})
  protected DoFn<KeyedWorkItem<K, InputT>, KV<K, OutputT>> getDoFn() {
    return GroupAlsoByWindowViaWindowSetNewDoFn.create(
        windowingStrategy,
        key -> keyedStateInternals,
        key -> timerInternals,
        sideInputReader,
        (SystemReduceFn) reduceFn,
        outputManager,
        mainOutputTag);
  }

  @Override
  @SuppressWarnings({"unchecked", "rawtypes"})
  protected DoFnRunner<KeyedWorkItem<K, InputT>, KV<K, OutputT>> createWrappingDoFnRunner(
      DoFnRunner<KeyedWorkItem<K, InputT>, KV<K, OutputT>> own, StepContext context) {
    SessionRules rules = SessionRules.of(windowingStrategy);
    if (rules != null) {
      sessions =
          new SessionGroups<>(
              rules,
              own,
              getKeyedStateBackend(),
              timerService,
              SessionGroups.elementSerializer(inputCoder, serializedOptions),
              timerInternals::currentInputWatermarkTime,
              group -> outputManager.output(mainOutputTag, group));
      releaseRestoredTimers();
    }
    return DoFnRunners.lateDataDroppingRunner(
        (DoFnRunner) (sessions == null ? own : sessions), timerInternals, windowingStrategy);
  }

  /** For every timer that a checkpoint held, Beam holds the watermark until it hears of its end; these need no hold. */
  private void releaseRestoredTimers() {
    BiConsumerWithException<TimerData, Long, Exception> release =
        (timer, timeMs) -> keyedStateInternals.removeWatermarkHoldUsage(timer.getOutputTimestamp());
    try {
      timerService.forEachEventTimeTimer(release);
      timerService.forEachProcessingTimeTimer(release);
    } catch (Exception e) {
      throw new IllegalStateException("The timers of open sessions could not be read.", e);
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  protected void fireTimer(TimerData timer) {
    K key = (K) keyedStateInternals.getKey();
    if (sessions != null) {
      sessions.onTimer(key, timer);
      return;
    }
    timerInternals.onFiredOrDeletedTimer(timer);
    doFnRunner.processElement(
        WindowedValue.valueInGlobalWindow(KeyedWorkItems.timersWorkItem(key, Collections.singletonList(timer))));
  }
}
