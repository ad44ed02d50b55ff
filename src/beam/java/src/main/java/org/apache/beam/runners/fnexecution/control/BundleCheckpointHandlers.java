package org.apache.beam.runners.fnexecution.control;

import java.util.Collections;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.BundleApplication;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.DelayedBundleApplication;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.runners.core.StateInternals;
import org.apache.beam.runners.core.StateInternalsFactory;
import org.apache.beam.runners.core.StateNamespace;
import org.apache.beam.runners.core.StateNamespaces;
import org.apache.beam.runners.core.StateTag;
import org.apache.beam.runners.core.StateTags;
import org.apache.beam.runners.core.TimerInternals;
import org.apache.beam.runners.core.TimerInternalsFactory;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.state.TimeDomain;
import org.apache.beam.sdk.state.ValueState;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.util.CoderUtils;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.KV;
import org.joda.time.Duration;
import org.joda.time.Instant;

/**
 * Replaces Beam's class of the same name by preceding it on the class path. It stores the residuals of splittable DoFns
 * as keyed state, and sets the timers that bring them back.
 *
 * <p>Beam's own class gives every residual's state a new name and removes none. A source that checkpoints itself every
 * second leaves 86,400 state descriptors a day in every checkpoint (beam#27648).
 *
 * <p>1. State is keyed by element. A residual uses the lowest slot that is empty for its element and window. So the
 * number of state names is the number of concurrent restrictions of one element. They never overwrite each other,
 * whether they are splits of one element or belong to equal elements.
 *
 * <p>2. The slot is sent with the restriction, as a negative number in place of its size, and workers send it back. So
 * the next residual of a restriction uses the same slot, in whatever bundle it comes. State that was written before
 * slots were sent holds a size. It runs as usual, and its slot stays occupied.
 *
 * <p>3. A residual with a negative delay has nothing left to do: its slot is cleared, and no timer is set. The slot
 * would stay occupied otherwise, since Beam reads that state when the timer fires and does not clear it.
 *
 * <p>4. Delays and watermarks keep their milliseconds, which Beam's own class cuts off.
 *
 * <p>When it can go: beam#39191, merged in July 2026, stores all residuals of an element under one name and removes
 * what it reads, which replaces rules 1 to 3. Delete this file with the first release of Beam that has it. Workers need
 * no change: without slots they send no negative delays, also for {@code asyncBoundary}. Two things change then. If
 * that release still cuts delays to seconds, elements in flight are polled too early, and their bundles wait instead.
 * And a savepoint taken with this file cannot be restored, since Beam looks for residuals elsewhere: the job must start
 * without it, from a time before the job's end.
 */
public class BundleCheckpointHandlers {

  public static class StateAndTimerBundleCheckpointHandler<T> implements BundleCheckpointHandler {
    public static final String SDF_PREFIX = "sdf_checkpoint";
    private static final int NONE = -1;

    private final TimerInternalsFactory<T> timerInternalsFactory;
    private final StateInternalsFactory<T> stateInternalsFactory;
    private final Coder<WindowedValue<T>> residualCoder;
    private final Coder<BoundedWindow> windowCoder;

    @SuppressWarnings("unchecked")
    public StateAndTimerBundleCheckpointHandler(
        TimerInternalsFactory<T> timerInternalsFactory,
        StateInternalsFactory<T> stateInternalsFactory,
        Coder<WindowedValue<T>> residualCoder,
        Coder windowCoder) {
      this.timerInternalsFactory = timerInternalsFactory;
      this.stateInternalsFactory = stateInternalsFactory;
      this.residualCoder = residualCoder;
      this.windowCoder = windowCoder;
    }

    public static boolean isSdfTimer(String timerId) {
      return timerId.startsWith(SDF_PREFIX);
    }

    @Override
    public void onCheckpoint(ProcessBundleResponse response) {
      for (DelayedBundleApplication residual : response.getResidualRootsList()) {
        if (!residual.hasApplication()) {
          continue;
        }
        try {
          keep(residual);
        } catch (Exception e) {
          throw new RuntimeException("The rest of a splittable DoFn's restriction could not be stored.", e);
        }
      }
    }

    private void keep(DelayedBundleApplication residual) throws Exception {
      byte[] element = residual.getApplication().getElement().toByteArray();
      WindowedValue<T> value = CoderUtils.decodeFromByteArray(residualCoder, element);
      StateInternals state = stateInternalsFactory.stateInternalsForKey(value.getValue());
      TimerInternals timers = timerInternalsFactory.timerInternalsForKey(value.getValue());
      long delayMs = delayMs(residual);
      Instant resumeAt = Instant.now().plus(Duration.millis(Math.max(0, delayMs)));
      Instant hold = Instant.ofEpochMilli(holdMs(residual.getApplication(), value));
      int own = slotOf(value.getValue());
      for (BoundedWindow window : value.getWindows()) {
        StateNamespace namespace = StateNamespaces.window(windowCoder, window);
        if (delayMs < 0) {
          if (own != NONE) {
            state.state(namespace, tag(own)).clear();
          }
          continue;
        }
        int slot = own == NONE ? lowestEmpty(state, namespace) : own;
        state
            .state(namespace, tag(slot))
            .write(
                WindowedValue.of(
                    withSlot(value.getValue(), slot),
                    value.getTimestamp(),
                    Collections.singletonList(window),
                    value.getPane()));
        timers.setTimer(namespace, name(slot), "", resumeAt, hold, TimeDomain.PROCESSING_TIME);
      }
    }

    private int lowestEmpty(StateInternals state, StateNamespace namespace) {
      int slot = 0;
      while (state.state(namespace, tag(slot)).read() != null) {
        slot++;
      }
      return slot;
    }

    private StateTag<ValueState<WindowedValue<T>>> tag(int slot) {
      return StateTags.value(name(slot), residualCoder);
    }

    /**
     * Returns the name of a slot's state, which is also the timer's id: Beam reads the state whose name is the id of
     * the fired timer.
     */
    private static String name(int slot) {
      return SDF_PREFIX + ":" + slot;
    }

    /** Returns the slot in KV of (element and restriction, size); {@code NONE} when the number is a size. */
    private static int slotOf(Object sized) {
      double size = (Double) ((KV<?, ?>) sized).getValue();
      return size < 0 ? (int) (-1 - size) : NONE;
    }

    @SuppressWarnings("unchecked")
    private static <T> T withSlot(T sized, int slot) {
      return (T) KV.of(((KV<?, ?>) sized).getKey(), -1.0 - slot);
    }

    private static long delayMs(DelayedBundleApplication residual) {
      if (!residual.hasRequestedTimeDelay()) {
        return 0;
      }
      // {@code var}, because the package of protobuf classes in Beam changes its name with Beam's version.
      var delay = residual.getRequestedTimeDelay();
      return delay.getSeconds() * 1000 + delay.getNanos() / 1_000_000;
    }

    /** Returns the watermark of the slowest output, or the element's timestamp when no output has one. */
    private static long holdMs(BundleApplication application, WindowedValue<?> value) {
      var watermarks = application.getOutputWatermarksMap().values();
      if (watermarks.isEmpty()) {
        return value.getTimestamp().getMillis();
      }
      long holdMs = BoundedWindow.TIMESTAMP_MAX_VALUE.getMillis();
      for (var watermark : watermarks) {
        holdMs = Math.min(holdMs, watermark.getSeconds() * 1000 + watermark.getNanos() / 1_000_000);
      }
      return Math.max(holdMs, BoundedWindow.TIMESTAMP_MIN_VALUE.getMillis());
    }
  }
}
