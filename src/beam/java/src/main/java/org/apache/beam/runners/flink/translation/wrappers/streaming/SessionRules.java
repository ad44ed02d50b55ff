package org.apache.beam.runners.flink.translation.wrappers.streaming;

import org.apache.beam.model.pipeline.v1.RunnerApi.Trigger;
import org.apache.beam.sdk.transforms.windowing.Sessions;
import org.apache.beam.sdk.transforms.windowing.TimestampCombiner;
import org.apache.beam.sdk.transforms.windowing.Window.ClosingBehavior;
import org.apache.beam.sdk.transforms.windowing.Window.OnTimeBehavior;
import org.apache.beam.sdk.util.construction.TriggerTranslation;
import org.apache.beam.sdk.values.WindowingStrategy;
import org.apache.beam.sdk.values.WindowingStrategy.AccumulationMode;
import org.joda.time.Duration;

/**
 * The times at which a session of {@link SessionGroups} emits a pane. It does when the watermark passes the session's
 * end; with {@code isAlwaysOnTime}, even without a new value. It emits early when its pane holds {@code earlyCount}
 * values, or {@code earlyDelayMs} after the pane's first value.
 */
final class SessionRules {
  static final long NEVER = Long.MAX_VALUE;

  final long earlyCount;
  final long earlyDelayMs;
  final boolean isAlwaysOnTime;

  private SessionRules(long earlyCount, long earlyDelayMs) {
    this(earlyCount, earlyDelayMs, true);
  }

  private SessionRules(long earlyCount, long earlyDelayMs, boolean isAlwaysOnTime) {
    this.earlyCount = earlyCount;
    this.earlyDelayMs = earlyDelayMs;
    this.isAlwaysOnTime = isAlwaysOnTime;
  }

  /** Returns the rules of a windowing strategy, or null when they do not cover the whole strategy. */
  static SessionRules of(WindowingStrategy<?, ?> windowing) {
    boolean isPlain =
        windowing.getWindowFn() instanceof Sessions
            && windowing.getAllowedLateness().isEqual(Duration.ZERO)
            && windowing.getTimestampCombiner() == TimestampCombiner.END_OF_WINDOW
            && windowing.getClosingBehavior() == ClosingBehavior.FIRE_IF_NON_EMPTY;
    SessionRules rules = isPlain ? of(TriggerTranslation.toProto(windowing.getTrigger())) : null;
    boolean isDiscarding = windowing.getMode() == AccumulationMode.DISCARDING_FIRED_PANES;
    if (rules == null || (rules.isEarly() && !isDiscarding)) {
      return null;
    }
    boolean isAlwaysOnTime = windowing.getOnTimeBehavior() == OnTimeBehavior.FIRE_ALWAYS;
    return new SessionRules(rules.earlyCount, rules.earlyDelayMs, isAlwaysOnTime);
  }

  /** Ignores late firings: without allowed lateness there is no late pane. */
  private static SessionRules of(Trigger trigger) {
    switch (trigger.getTriggerCase()) {
      case DEFAULT:
        return new SessionRules(NEVER, NEVER);
      case AFTER_END_OF_WINDOW:
        return trigger.getAfterEndOfWindow().hasEarlyFirings()
            ? early(trigger.getAfterEndOfWindow().getEarlyFirings())
            : new SessionRules(NEVER, NEVER);
      case OR_FINALLY:
        Trigger main = trigger.getOrFinally().getMain();
        Trigger end = trigger.getOrFinally().getFinally();
        boolean isUntilEnd =
            main.hasRepeat() && end.hasAfterEndOfWindow() && !end.getAfterEndOfWindow().hasEarlyFirings();
        return isUntilEnd ? early(main.getRepeat().getSubtrigger()) : null;
      default:
        return null;
    }
  }

  private static SessionRules early(Trigger trigger) {
    switch (trigger.getTriggerCase()) {
      case ELEMENT_COUNT:
        return new SessionRules(trigger.getElementCount().getElementCount(), NEVER);
      case AFTER_PROCESSING_TIME:
        var transforms = trigger.getAfterProcessingTime().getTimestampTransformsList();
        boolean isDelay = transforms.size() == 1 && transforms.get(0).hasDelay();
        return isDelay ? new SessionRules(NEVER, transforms.get(0).getDelay().getDelayMillis()) : null;
      case AFTER_ANY:
        SessionRules any = new SessionRules(NEVER, NEVER);
        for (Trigger part : trigger.getAfterAny().getSubtriggersList()) {
          SessionRules rules = early(part);
          if (rules == null) {
            return null;
          }
          any =
              new SessionRules(
                  Math.min(any.earlyCount, rules.earlyCount), Math.min(any.earlyDelayMs, rules.earlyDelayMs));
        }
        return any;
      default:
        return null;
    }
  }

  private boolean isEarly() {
    return earlyCount != NEVER || earlyDelayMs != NEVER;
  }
}
