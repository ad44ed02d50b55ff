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
 * Stands in for Beam's class of the same name, which it precedes on the class path: keeps what a splittable DoFn has
 * left to do as keyed state, and sets the timer that brings it back.
 *
 * <p>Beam's own gives the state of every self-checkpoint a new name and never removes one, so that a source which
 * checkpoints itself every second leaves 86,400 state descriptors a day in every checkpoint (beam#27648).
 *
 * <p>1. State is kept by element, so a residual takes the lowest slot that is empty for its element and window: names are
 * as few as the restrictions of one element that are alive at once, and those never overwrite each other, whether they
 * are parts of one element or belong to equal ones.
 *
 * <p>2. The slot travels with the restriction, in the place of its size, as a number below zero; workers hand it back as
 * it came. So the next residual of a restriction takes the slot of the one before, in whatever bundle it comes. State
 * written before slots travelled has a size instead and is run as ever; its slot is left alone from then on.
 *
 * <p>3. A residual with a negative delay has nothing left to do: its slot becomes empty, and no timer is set. Nobody else
 * would empty it, since Beam reads that state when the timer fires and leaves it.
 *
 * <p>4. Delays and watermarks keep their milliseconds, which Beam's own cuts off.
 *
 * <p>When it can go: beam#39191, merged in July 2026, keeps all residuals of an element under one name and removes what
 * it reads, which does what rules 1 to 3 do. Delete this file with the first release of Beam that has it. Workers need no
 * change: without slots they send no negative delays, also for {@code asyncBoundary}. Two things change then. If that
 * release still cuts delays to seconds, elements in flight are polled for too early, and their bundles wait instead. And a
 * savepoint taken with this file cannot be gone on from, since Beam looks for residuals elsewhere: the job must start
 * anew, from a time before its end.
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

    /** The timer's id, too: Beam reads the state whose name is the id of the timer that fired. */
    private static String name(int slot) {
      return SDF_PREFIX + ":" + slot;
    }

    /** Of KV of (element and restriction, size); {@code NONE} when it has a size. */
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
      // `var`, because the protobuf package that Beam brings along changes its name with Beam's version.
      var delay = residual.getRequestedTimeDelay();
      return delay.getSeconds() * 1000 + delay.getNanos() / 1_000_000;
    }

    /** The watermark of the slowest output; that of an element whose outputs say nothing is its own time. */
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
