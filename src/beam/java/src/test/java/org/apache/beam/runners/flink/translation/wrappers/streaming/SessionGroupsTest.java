package org.apache.beam.runners.flink.translation.wrappers.streaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.List;
import org.apache.beam.sdk.coders.CoderException;
import org.apache.beam.sdk.transforms.windowing.AfterFirst;
import org.apache.beam.sdk.transforms.windowing.AfterPane;
import org.apache.beam.sdk.transforms.windowing.AfterProcessingTime;
import org.apache.beam.sdk.transforms.windowing.AfterWatermark;
import org.apache.beam.sdk.transforms.windowing.DefaultTrigger;
import org.apache.beam.sdk.transforms.windowing.Sessions;
import org.apache.beam.sdk.transforms.windowing.TimestampCombiner;
import org.apache.beam.sdk.transforms.windowing.Trigger;
import org.apache.beam.sdk.values.WindowingStrategy;
import org.apache.beam.sdk.values.WindowingStrategy.AccumulationMode;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.joda.time.Duration;
import org.junit.jupiter.api.Test;

final class SessionGroupsTest {
  private static final long GAP_MS = 1_000;
  private static final WindowingStrategy<?, ?> AT_END = strategy(DefaultTrigger.of());
  private static final WindowingStrategy<?, ?> EARLY =
      strategy(
          AfterWatermark.pastEndOfWindow()
              .withEarlyFirings(
                  AfterFirst.of(
                      AfterPane.elementCountAtLeast(3),
                      AfterProcessingTime.pastFirstElementInPane().plusDelayOf(Duration.millis(500)))));

  private static WindowingStrategy<?, ?> strategy(Trigger trigger) {
    return WindowingStrategy.of(Sessions.withGapDuration(Duration.millis(GAP_MS)))
        .withTrigger(trigger)
        .withMode(AccumulationMode.DISCARDING_FIRED_PANES)
        .withTimestampCombiner(TimestampCombiner.END_OF_WINDOW)
        .withAllowedLateness(Duration.ZERO);
  }

  private static void assertOutput(SessionHarness sessions, String... expected) {
    List<String> found = sessions.output();
    found.sort(null);
    assertEquals(Arrays.asList(expected), found);
  }

  @Test
  void theseStrategiesAreGroupedHere() {
    assertNotNull(SessionRules.of(AT_END));
    assertNotNull(SessionRules.of(EARLY));
    assertNull(SessionRules.of(AT_END.withAllowedLateness(Duration.millis(1))));
  }

  @Test
  void valuesWithinTheGapAreOneSessionWhicheverComesFirst() throws Exception {
    try (SessionHarness sessions = new SessionHarness(AT_END, GAP_MS)) {
      sessions.add("a", "late", 1_500);
      sessions.add("a", "early", 0);
      sessions.add("b", "other", 100);
      assertEquals(2, sessions.eventTimeTimers(), "a timer for each key");
      // The value joins the two sessions of "a".
      sessions.add("a", "middle", 900);
      sessions.watermark(2_499);
      assertOutput(sessions, "b[100..1100) other ON_TIME");
      sessions.watermark(2_500);
      assertOutput(sessions, "a[0..2500) early,late,middle ON_TIME");
    }
  }

  @Test
  void aValueExactlyAGapLaterBeginsAnotherSession() throws Exception {
    try (SessionHarness sessions = new SessionHarness(AT_END, GAP_MS)) {
      sessions.add("a", "first", 0);
      sessions.add("a", "at the gap", 1_000);
      sessions.add("a", "within it", 1_999);
      sessions.watermark(10_000);
      assertOutput(sessions, "a[0..1000) first ON_TIME", "a[1000..2999) at the gap,within it ON_TIME");
    }
  }

  @Test
  void aValueExactlyAGapEarlierIsAnotherSessionAndOneBetweenThemJoinsBoth() throws Exception {
    try (SessionHarness sessions = new SessionHarness(AT_END, GAP_MS)) {
      sessions.add("a", "later", 1_000);
      sessions.add("a", "earlier", 0);
      sessions.add("b", "later", 1_000);
      sessions.add("b", "earlier", 0);
      sessions.add("b", "between", 1);
      sessions.watermark(10_000);
      assertOutput(
          sessions,
          "a[0..1000) earlier ON_TIME",
          "a[1000..2000) later ON_TIME",
          "b[0..2000) between,earlier,later ON_TIME");
    }
  }

  @Test
  void oneValueMayJoinManySessionsAndTheirValuesMoveWithThem() throws Exception {
    try (SessionHarness sessions = new SessionHarness(AT_END, GAP_MS)) {
      for (int i = 0; i < 4; i++) {
        sessions.add("a", "v" + i, i * 1_000L);
      }
      for (int i = 0; i < 3; i++) {
        sessions.add("a", "w" + i, i * 1_000L + 500);
      }
      sessions.watermark(3_999);
      assertOutput(sessions);
      sessions.watermark(4_000);
      assertOutput(sessions, "a[0..4000) v0,v1,v2,v3,w0,w1,w2 ON_TIME");
    }
  }

  @Test
  void aPaneLeavesEarlyByCountAndTheRestAtTheEnd() throws Exception {
    try (SessionHarness sessions = new SessionHarness(EARLY, GAP_MS)) {
      for (int i = 0; i < 4; i++) {
        sessions.add("a", "v" + i, i);
      }
      assertOutput(sessions, "a[0..1002) v0,v1,v2 EARLY");
      sessions.watermark(1_003);
      assertOutput(sessions, "a[0..1003) v3 ON_TIME");
    }
  }

  @Test
  void sessionsThatMergeCountTogether() throws Exception {
    try (SessionHarness sessions = new SessionHarness(EARLY, GAP_MS)) {
      sessions.add("a", "v0", 0);
      sessions.add("a", "v1", 1_500);
      assertOutput(sessions);
      sessions.add("a", "v2", 700);
      assertOutput(sessions, "a[0..2500) v0,v1,v2 EARLY");
    }
  }

  @Test
  void aPaneLeavesEarlyByTimeAfterItsFirstValue() throws Exception {
    try (SessionHarness sessions = new SessionHarness(EARLY, GAP_MS)) {
      sessions.processingTime(10_000);
      sessions.add("a", "v0", 0);
      sessions.processingTime(10_300);
      sessions.add("a", "v1", 100);
      sessions.processingTime(10_500);
      assertOutput(sessions);
      sessions.processingTime(10_501);
      assertOutput(sessions, "a[0..1100) v0,v1 EARLY");
      sessions.add("a", "v2", 200);
      sessions.processingTime(11_001);
      assertOutput(sessions);
      sessions.processingTime(11_002);
      assertOutput(sessions, "a[0..1200) v2 EARLY");
    }
  }

  @Test
  void aSessionThatGrowsSetsNoTimerAndClosesAtItsLastEnd() throws Exception {
    try (SessionHarness sessions = new SessionHarness(AT_END, GAP_MS)) {
      for (int i = 0; i < 100; i++) {
        sessions.add("a", "v", i * 10L);
      }
      assertEquals(1, sessions.timers());
      // The timer fires too early and is set again.
      sessions.watermark(1_500);
      assertOutput(sessions);
      assertEquals(1, sessions.timers());
      sessions.watermark(1_990);
      assertEquals(1, sessions.output().size());
      assertEquals(0, sessions.timers());
    }
  }

  @Test
  void anEarlierValueSetsTheTimerBack() throws Exception {
    try (SessionHarness sessions = new SessionHarness(AT_END, GAP_MS)) {
      sessions.add("a", "later", 50_000);
      sessions.add("a", "earlier", 0);
      assertEquals(1, sessions.timers());
      sessions.watermark(1_000);
      assertOutput(sessions, "a[0..1000) earlier ON_TIME");
      sessions.watermark(51_000);
      assertOutput(sessions, "a[50000..51000) later ON_TIME");
    }
  }

  @Test
  void whatIsTooLateIsDroppedAndBringsNothingBack() throws Exception {
    try (SessionHarness sessions = new SessionHarness(AT_END, GAP_MS)) {
      sessions.watermark(5_000);
      sessions.add("a", "too late", 4_000);
      assertEquals(0, sessions.stateEntries());
      sessions.watermark(10_000);
      assertOutput(sessions);
    }
  }

  @Test
  void openSessionsGoOnFromASnapshotAsIfNothingHadBeen() throws Exception {
    OperatorSubtaskState state;
    try (SessionHarness before = new SessionHarness(EARLY, GAP_MS)) {
      before.add("a", "v0", 0);
      before.add("a", "v1", 500);
      before.add("a", "w0", 20_000);
      before.add("b", "x", 100);
      state = before.snapshot();
      // Both calls come after the snapshot.
      before.add("a", "lost", 600);
      before.watermark(30_000);
    }
    try (SessionHarness after = new SessionHarness(EARLY, GAP_MS, state)) {
      assertEquals(2, after.eventTimeTimers());
      after.add("a", "v2", 900);
      // The third value fires the trigger, counted from the snapshot's values.
      assertOutput(after, "a[0..1900) v0,v1,v2 EARLY");
      after.watermark(30_000);
      // Closing the harness ends the operator's input. That fails while anything holds the watermark.
      assertOutput(after, "a[0..1900)  ON_TIME", "a[20000..21000) w0 ON_TIME", "b[100..1100) x ON_TIME");
    }
  }

  @Test
  void nothingIsLeftOfAKeyWithoutOpenSessions() throws Exception {
    try (SessionHarness sessions = new SessionHarness(EARLY, GAP_MS)) {
      for (int i = 0; i < 20; i++) {
        sessions.add("key " + i, "v", i * 300L);
        sessions.add("key " + i, "w", i * 300L + 700);
        sessions.add("key " + i, "x", i * 300L + 100_000);
      }
      sessions.watermark(Long.MAX_VALUE);
      assertEquals(40, sessions.output().size());
      assertEquals(0, sessions.stateEntries());
      assertEquals(0, sessions.timers());
    }
  }

  @Test
  void stateOfANewerProgramIsRefusedByName() {
    CoderException refused =
        assertThrows(
            CoderException.class,
            () -> new KeySessions.Serialized().decode(new ByteArrayInputStream(new byte[] {2})));
    assertEquals(
        "Open sessions of version 2 were written by a newer program: start that one. [NEWER_CHECKPOINT]",
        refused.getMessage());
  }
}
