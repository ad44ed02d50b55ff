package org.apache.beam.runners.flink.translation.wrappers.streaming;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.beam.runners.core.DoFnRunner;
import org.apache.beam.runners.core.KeyedWorkItem;
import org.apache.beam.runners.core.StateNamespaces;
import org.apache.beam.runners.core.TimerInternals.TimerData;
import org.apache.beam.runners.core.construction.SerializablePipelineOptions;
import org.apache.beam.runners.flink.translation.types.CoderTypeSerializer;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.state.TimeDomain;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.transforms.windowing.IntervalWindow;
import org.apache.beam.sdk.transforms.windowing.PaneInfo;
import org.apache.beam.sdk.transforms.windowing.PaneInfo.Timing;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.KV;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalMergingState;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.joda.time.Instant;

/**
 * Groups values by key and session, as Beam's ReduceFnRunner does for windowing strategies that {@link SessionRules}
 * supports. ReduceFnRunner has ten states for each window and moves them when windows merge. This class has one state
 * for each key, beside the values.
 *
 * <p>1. The sessions of a key are one immutable state value, which is replaced. A session's values are a list of their
 * own, so that a value is added without reading the others.
 *
 * <p>2. A key has at most one timer in event time and one in processing time. A timer fires no later than the first
 * session needs it. It may fire too early, and is then set again. So a growing session sets no timer.
 *
 * <p>3. A group's timestamp is its window's last, and all event-time timers fire before the watermark moves on. So no
 * hold is needed.
 *
 * <p>4. A key without open sessions has no state and no timers.
 */
final class SessionGroups<K, V, OutputT> implements DoFnRunner<KeyedWorkItem<K, V>, KV<K, OutputT>> {
  private static final TimerData CLOSE = timer("close", TimeDomain.EVENT_TIME);
  private static final TimerData EARLY = timer("early", TimeDomain.PROCESSING_TIME);

  private final SessionRules rules;
  private final DoFnRunner<KeyedWorkItem<K, V>, KV<K, OutputT>> own;
  private final KeyedStateBackend<?> backend;
  private final InternalTimerService<TimerData> timers;
  private final Supplier<Instant> inputWatermark;
  private final Consumer<WindowedValue<KV<K, OutputT>>> output;
  private final ValueStateDescriptor<KeySessions> sessionsDescriptor;
  private final ListStateDescriptor<V> valuesDescriptor;

  SessionGroups(
      SessionRules rules,
      DoFnRunner<KeyedWorkItem<K, V>, KV<K, OutputT>> own,
      KeyedStateBackend<?> backend,
      InternalTimerService<TimerData> timers,
      Serializers<V> serializers,
      Supplier<Instant> inputWatermark,
      Consumer<WindowedValue<KV<K, OutputT>>> output) {
    this.rules = rules;
    this.own = own;
    this.backend = backend;
    this.timers = timers;
    this.inputWatermark = inputWatermark;
    this.output = output;
    this.sessionsDescriptor = new ValueStateDescriptor<>("open-sessions", serializers.sessions);
    this.valuesDescriptor = new ListStateDescriptor<>("session-values", serializers.values);
  }

  /** The serializers of the state. */
  static final class Serializers<V> {
    final TypeSerializer<KeySessions> sessions;
    final TypeSerializer<V> values;

    Serializers(TypeSerializer<KeySessions> sessions, TypeSerializer<V> values) {
      this.sessions = sessions;
      this.values = values;
    }
  }

  static <K, V> Serializers<V> elementSerializer(
      Coder<WindowedValue<KeyedWorkItem<K, V>>> inputCoder, SerializablePipelineOptions options) {
    Coder<KeyedWorkItem<K, V>> itemCoder =
        ((WindowedValue.WindowedValueCoder<KeyedWorkItem<K, V>>) inputCoder).getValueCoder();
    Coder<V> valueCoder = ((SingletonKeyedWorkItemCoder<K, V>) itemCoder).getElementCoder();
    return new Serializers<>(
        new CoderTypeSerializer<>(new KeySessions.Serialized(), options), new CoderTypeSerializer<>(valueCoder, options));
  }

  @Override
  public void processElement(WindowedValue<KeyedWorkItem<K, V>> item) {
    K key = item.getValue().key();
    try {
      for (WindowedValue<V> value : item.getValue().elementsIterable()) {
        for (BoundedWindow window : value.getWindows()) {
          IntervalWindow interval = (IntervalWindow) window;
          add(key, value.getValue(), interval.start().getMillis(), interval.end().getMillis());
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException("A value could not be added to its session.", e);
    }
  }

  private void add(K key, V value, long startMs, long endMs) throws Exception {
    ValueState<KeySessions> state = sessions();
    KeySessions before = state.value() == null ? KeySessions.NONE : state.value();
    OpenSession[] open = before.open;
    int from = open.length;
    // The search goes backwards, because new values mostly belong to the last session.
    while (from > 0 && open[from - 1].endMs > startMs) {
      from--;
    }
    int to = from;
    while (to < open.length && open[to].overlaps(startMs, endMs)) {
      to++;
    }
    OpenSession session = merged(open, from, to, startMs, endMs);
    values(session.address).add(value);
    if (session.values >= rules.earlyCount) {
      session = emit(key, session, Timing.EARLY);
    }
    OpenSession[] after = new OpenSession[open.length - (to - from) + 1];
    System.arraycopy(open, 0, after, 0, from);
    after[from] = session;
    System.arraycopy(open, to, after, from + 1, open.length - to);
    state.update(withTimers(after, before.closeTimerMs, before.earlyTimerMs));
  }

  /** Merges the sessions [from, to) and one more value. */
  private OpenSession merged(OpenSession[] open, int from, int to, long startMs, long endMs) throws Exception {
    int count = 1;
    long deadlineMs = OpenSession.NONE;
    List<Long> moved = new ArrayList<>();
    for (int i = from; i < to; i++) {
      OpenSession one = open[i];
      startMs = Math.min(startMs, one.startMs);
      endMs = Math.max(endMs, one.endMs);
      count += one.values;
      deadlineMs = Math.min(deadlineMs, one.deadlineMs);
      if (i > from) {
        moved.add(one.address);
      }
    }
    int panes = 0;
    for (int i = from; i < to; i++) {
      if (open[i].startMs == startMs && open[i].endMs == endMs) {
        panes = open[i].panes;
      }
    }
    long address = from < to ? open[from].address : startMs;
    if (!moved.isEmpty()) {
      merging(address).mergeNamespaces(address, moved);
    }
    if (deadlineMs == OpenSession.NONE && rules.earlyDelayMs != SessionRules.NEVER) {
      // One more millisecond, since Beam's timers fire strictly after the delay.
      deadlineMs = timers.currentProcessingTime() + rules.earlyDelayMs + 1;
    }
    return new OpenSession(startMs, endMs, address, count, panes, deadlineMs);
  }

  /** Handles a timer. The state backend's current key is the timer's key. */
  void onTimer(K key, TimerData timer) {
    try {
      ValueState<KeySessions> state = sessions();
      KeySessions before = state.value();
      if (before == null) {
        return;
      }
      boolean isClose = timer.getDomain() == TimeDomain.EVENT_TIME;
      long watermarkMs = inputWatermark.get().getMillis();
      long nowMs = timers.currentProcessingTime();
      List<OpenSession> after = new ArrayList<>(before.open.length);
      for (OpenSession session : before.open) {
        if (session.endMs <= watermarkMs) {
          if (session.values > 0 || rules.isAlwaysOnTime) {
            emit(key, session, Timing.ON_TIME);
          }
        } else if (session.deadlineMs <= nowMs) {
          after.add(emit(key, session, Timing.EARLY));
        } else {
          after.add(session);
        }
      }
      // At a job's end Flink fires all processing-time timers at once, until none is left.
      boolean isEarly = !isClose && before.earlyTimerMs <= nowMs;
      KeySessions left =
          withTimers(
              after.toArray(new OpenSession[0]),
              isClose ? OpenSession.NONE : before.closeTimerMs,
              isEarly ? OpenSession.NONE : before.earlyTimerMs);
      if (left.open.length == 0) {
        state.clear();
      } else {
        state.update(left);
      }
    } catch (Exception e) {
      throw new IllegalStateException("A session could not be closed.", e);
    }
  }

  /** Sets the timers that the sessions need, and deletes those of a key without sessions. */
  private KeySessions withTimers(OpenSession[] open, long closeTimerMs, long earlyTimerMs) {
    long closeMs = OpenSession.NONE;
    long earlyMs = OpenSession.NONE;
    for (OpenSession session : open) {
      closeMs = Math.min(closeMs, session.endMs);
      earlyMs = Math.min(earlyMs, session.deadlineMs);
    }
    if (closeMs < closeTimerMs || (open.length == 0 && closeTimerMs != OpenSession.NONE)) {
      if (closeTimerMs != OpenSession.NONE) {
        timers.deleteEventTimeTimer(CLOSE, closeTimerMs);
      }
      closeTimerMs = closeMs;
      if (closeMs != OpenSession.NONE) {
        timers.registerEventTimeTimer(CLOSE, closeMs);
      }
    }
    if (earlyMs < earlyTimerMs || (open.length == 0 && earlyTimerMs != OpenSession.NONE)) {
      if (earlyTimerMs != OpenSession.NONE) {
        timers.deleteProcessingTimeTimer(EARLY, earlyTimerMs);
      }
      earlyTimerMs = earlyMs;
      if (earlyMs != OpenSession.NONE) {
        timers.registerProcessingTimeTimer(EARLY, earlyMs);
      }
    }
    return new KeySessions(open, closeTimerMs, earlyTimerMs);
  }

  @SuppressWarnings("unchecked")
  private OpenSession emit(K key, OpenSession session, Timing timing) throws Exception {
    ListState<V> state = values(session.address);
    Iterable<V> values = state.get();
    IntervalWindow window = new IntervalWindow(new Instant(session.startMs), new Instant(session.endMs));
    boolean isLast = timing == Timing.ON_TIME;
    PaneInfo pane =
        PaneInfo.createPane(session.panes == 0, isLast, timing, session.panes, isLast ? 0 : -1);
    OutputT group = (OutputT) (values == null ? Collections.emptyList() : values);
    output.accept(WindowedValue.of(KV.of(key, group), window.maxTimestamp(), window, pane));
    state.clear();
    return session.afterPane();
  }

  private ValueState<KeySessions> sessions() throws Exception {
    return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, sessionsDescriptor);
  }

  private ListState<V> values(long address) throws Exception {
    return backend.getPartitionedState(address, LongSerializer.INSTANCE, valuesDescriptor);
  }

  @SuppressWarnings("unchecked")
  private InternalMergingState<?, Long, V, ?, ?> merging(long address) throws Exception {
    return (InternalMergingState<?, Long, V, ?, ?>) values(address);
  }

  private static TimerData timer(String id, TimeDomain domain) {
    Instant never = BoundedWindow.TIMESTAMP_MAX_VALUE;
    return TimerData.of(id, "", StateNamespaces.global(), never, never, domain);
  }

  @Override
  public void startBundle() {
    own.startBundle();
  }

  @Override
  public void finishBundle() {
    own.finishBundle();
  }

  @Override
  public <KeyT> void onTimer(
      String timerId,
      String timerFamilyId,
      KeyT key,
      BoundedWindow window,
      Instant timestamp,
      Instant outputTimestamp,
      TimeDomain timeDomain) {
    throw new UnsupportedOperationException("Timers of sessions come another way.");
  }

  @Override
  public <KeyT> void onWindowExpiration(BoundedWindow window, Instant timestamp, KeyT key) {
    own.onWindowExpiration(window, timestamp, key);
  }

  @Override
  public DoFn<KeyedWorkItem<K, V>, KV<K, OutputT>> getFn() {
    return own.getFn();
  }
}
