package org.apache.beam.runners.fnexecution.control;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.BundleApplication;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.DelayedBundleApplication;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.runners.core.StateInternals;
import org.apache.beam.runners.core.StateInternalsFactory;
import org.apache.beam.runners.core.StateNamespace;
import org.apache.beam.runners.core.StateNamespaces;
import org.apache.beam.runners.core.StateTags;
import org.apache.beam.runners.core.TimerInternals;
import org.apache.beam.runners.core.TimerInternalsFactory;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.state.TimeDomain;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.util.CoderUtils;
import org.apache.beam.sdk.util.WindowedValue;
import org.joda.time.Duration;
import org.joda.time.Instant;

/**
 * Stands in for Beam's class of the same name, which it precedes on the class path: keeps what a splittable DoFn has
 * left to do as keyed state, and sets the timer that brings it back.
 *
 * <p>Beam's own gives the state of every self-checkpoint a new name and never removes one, so that a source which
 * checkpoints itself every second leaves 86,400 state descriptors a day in every checkpoint (beam#27648). That was
 * mended upstream in July 2026, so no version up to 2.70 has it: delete this file with the first one that does.
 *
 * <p>1. A name is the residual's number among those of its key in the same response: the next residual of an element
 * takes the place of the one before. So names are few, and right as long as an element has one live restriction; initial
 * splits must therefore be elements of their own.
 *
 * <p>2. Delays and watermarks keep their milliseconds, which Beam's own cuts off.
 *
 * <p>3. A residual with a negative delay has nothing left to do: what was kept of its element goes, and no timer is set.
 * Nobody else would remove it, since Beam reads that state when the timer fires and leaves it.
 */
public class BundleCheckpointHandlers {

  public static class StateAndTimerBundleCheckpointHandler<T> implements BundleCheckpointHandler {
    public static final String SDF_PREFIX = "sdf_checkpoint";

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
      Map<Object, Integer> residualsOfKey = new HashMap<>();
      for (DelayedBundleApplication residual : response.getResidualRootsList()) {
        if (!residual.hasApplication()) {
          continue;
        }
        try {
          keep(residual, residualsOfKey);
        } catch (Exception e) {
          throw new RuntimeException("The rest of a splittable DoFn's restriction could not be stored.", e);
        }
      }
    }

    private void keep(DelayedBundleApplication residual, Map<Object, Integer> residualsOfKey)
        throws Exception {
      byte[] element = residual.getApplication().getElement().toByteArray();
      WindowedValue<T> value = CoderUtils.decodeFromByteArray(residualCoder, element);
      StateInternals state = stateInternalsFactory.stateInternalsForKey(value.getValue());
      TimerInternals timers = timerInternalsFactory.timerInternalsForKey(value.getValue());
      int number = residualsOfKey.merge(state.getKey(), 1, Integer::sum) - 1;
      String name = SDF_PREFIX + ":" + number;
      long delayMs = delayMs(residual);
      if (delayMs < 0) {
        for (BoundedWindow window : value.getWindows()) {
          StateNamespace namespace = StateNamespaces.window(windowCoder, window);
          state.state(namespace, StateTags.value(name, residualCoder)).clear();
        }
        return;
      }
      Instant resumeAt = Instant.now().plus(Duration.millis(delayMs));
      Instant hold = Instant.ofEpochMilli(holdMs(residual.getApplication(), value));
      for (BoundedWindow window : value.getWindows()) {
        StateNamespace namespace = StateNamespaces.window(windowCoder, window);
        state
            .state(namespace, StateTags.value(name, residualCoder))
            .write(
                WindowedValue.of(
                    value.getValue(), value.getTimestamp(), Collections.singletonList(window), value.getPane()));
        timers.setTimer(namespace, name, "", resumeAt, hold, TimeDomain.PROCESSING_TIME);
      }
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
