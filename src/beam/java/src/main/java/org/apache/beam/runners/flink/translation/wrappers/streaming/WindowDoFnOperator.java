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
 * Replaces Beam's operator of the same name by preceding it on the class path. It runs a GroupByKey. {@link
 * SessionGroups} groups sessions that {@link SessionRules} supports, in a fraction of the time. Beam's own code does
 * everything else.
 *
 * <p>No version of Beam makes this class unnecessary, as it is not a repair. It depends on the constructor and the
 * hooks of Beam's DoFnOperator in 2.62. After a change of Beam's version compare them, and run the conformance suite on
 * Flink.
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

  /** Returns Beam's own grouping. Its state and timers exist only after the operator was opened. */
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

  /** Releases the watermark holds that Beam takes for all restored timers. These timers need no hold. */
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
