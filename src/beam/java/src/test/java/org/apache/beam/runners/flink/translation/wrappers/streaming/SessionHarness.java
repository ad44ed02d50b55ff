package org.apache.beam.runners.flink.translation.wrappers.streaming;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.beam.runners.core.KeyedWorkItem;
import org.apache.beam.runners.core.SystemReduceFn;
import org.apache.beam.runners.core.construction.SerializablePipelineOptions;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.translation.types.CoderTypeSerializer;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.IterableCoder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.transforms.windowing.IntervalWindow;
import org.apache.beam.sdk.transforms.windowing.PaneInfo;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.WindowingStrategy;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.joda.time.Instant;

/**
 * A WindowDoFnOperator in Flink's test harness, with strings as keys and values, and sessions with a gap in
 * milliseconds.
 */
final class SessionHarness implements AutoCloseable {
  private static final StringUtf8Coder STRING = StringUtf8Coder.of();

  private final long gapMs;
  private final KeyedOneInputStreamOperatorTestHarness<
          ByteBuffer, WindowedValue<KeyedWorkItem<String, String>>, WindowedValue<KV<String, Iterable<String>>>>
      flink;
  private int seen;

  SessionHarness(WindowingStrategy<?, ?> windowing, long gapMs) throws Exception {
    this(windowing, gapMs, null);
  }

  /** Restores the state of another harness; null starts without state. */
  SessionHarness(WindowingStrategy<?, ?> windowing, long gapMs, OperatorSubtaskState state) throws Exception {
    this.gapMs = gapMs;
    SerializablePipelineOptions options = new SerializablePipelineOptions(FlinkPipelineOptions.defaults());
    Coder<IntervalWindow> windowCoder = IntervalWindow.getCoder();
    Coder<WindowedValue<KeyedWorkItem<String, String>>> inputCoder =
        WindowedValue.getFullCoder(SingletonKeyedWorkItemCoder.of(STRING, STRING, windowCoder), windowCoder);
    Coder<WindowedValue<KV<String, Iterable<String>>>> outputCoder =
        WindowedValue.getFullCoder(KvCoder.of(STRING, IterableCoder.of(STRING)), windowCoder);
    TupleTag<KV<String, Iterable<String>>> tag = new TupleTag<>("output");
    SystemReduceFn<String, String, Iterable<String>, Iterable<String>, BoundedWindow> buffering =
        SystemReduceFn.buffering(STRING);
    WorkItemKeySelector<String, String> key = new WorkItemKeySelector<>(STRING, options);
    WindowDoFnOperator<String, String, Iterable<String>> operator =
        new WindowDoFnOperator<>(
            buffering,
            "sessions",
            inputCoder,
            tag,
            Collections.emptyList(),
            new DoFnOperator.MultiOutputOutputManagerFactory<>(tag, outputCoder, options),
            windowing,
            Collections.emptyMap(),
            Collections.emptyList(),
            FlinkPipelineOptions.defaults(),
            STRING,
            key);
    flink = new KeyedOneInputStreamOperatorTestHarness<>(operator, key, key.getProducedType());
    flink.setup(new CoderTypeSerializer<>(outputCoder, options));
    if (state != null) {
      flink.initializeState(state);
    }
    flink.open();
  }

  /** Adds a value whose window starts at this time and ends a gap later. */
  void add(String key, String value, long timeMs) throws Exception {
    IntervalWindow window = new IntervalWindow(new Instant(timeMs), new Instant(timeMs + gapMs));
    WindowedValue<String> element = WindowedValue.of(value, new Instant(timeMs), window, PaneInfo.NO_FIRING);
    KeyedWorkItem<String, String> item = new SingletonKeyedWorkItem<>(key, element);
    flink.processElement(
        new StreamRecord<>(WindowedValue.of(item, new Instant(timeMs), window, PaneInfo.NO_FIRING)));
  }

  void watermark(long timeMs) throws Exception {
    flink.processWatermark(timeMs);
  }

  void processingTime(long timeMs) throws Exception {
    flink.setProcessingTime(timeMs);
  }

  OperatorSubtaskState snapshot() throws Exception {
    flink.prepareSnapshotPreBarrier(1);
    return flink.snapshot(1, 1);
  }

  /** Returns the number of state entries of all keys in the state backend. */
  int stateEntries() {
    return flink.numKeyedStateEntries();
  }

  int timers() {
    return flink.numEventTimeTimers() + flink.numProcessingTimeTimers();
  }

  int eventTimeTimers() {
    return flink.numEventTimeTimers();
  }

  /** Returns the output since the last call, such as {@code a[0..1010) x,y ON_TIME}; values in alphabetical order. */
  @SuppressWarnings("unchecked")
  List<String> output() {
    List<Object> all = new ArrayList<>(flink.getOutput());
    List<String> told = new ArrayList<>();
    for (Object each : all.subList(seen, all.size())) {
      if (each instanceof StreamRecord) {
        told.add(tell(((StreamRecord<WindowedValue<KV<String, Iterable<String>>>>) each).getValue()));
      }
    }
    seen = all.size();
    return told;
  }

  private static String tell(WindowedValue<KV<String, Iterable<String>>> group) {
    IntervalWindow window = (IntervalWindow) group.getWindows().iterator().next();
    List<String> values = new ArrayList<>();
    group.getValue().getValue().forEach(values::add);
    Collections.sort(values);
    if (!group.getTimestamp().equals(window.maxTimestamp())) {
      throw new AssertionError("The timestamp " + group.getTimestamp() + " is not the last of " + window);
    }
    return group.getValue().getKey()
        + "[" + window.start().getMillis() + ".." + window.end().getMillis() + ") "
        + String.join(",", values) + " " + group.getPane().getTiming();
  }

  @Override
  public void close() throws Exception {
    flink.close();
  }
}
