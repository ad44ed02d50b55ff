import assert from "node:assert/strict";
import fc from "fast-check";
import { sessionsMs } from "../../authoring/windowing";
import type { Root } from "../../sdk";
import type { KV } from "../../values";
import { grouped, kv, windowed } from "../support/grouping";
import type { Job } from "../support/job";
import { property } from "../support/property";
import type { Rule, RuleOptions } from "../support/rule";
import { assertSessionsAre, type Event, type Session, sessionsOf } from "../support/session-oracle";
import { at, seen, watermark } from "../support/steps";

const GAP_MS = 10_000;

export function sessionRules(rule: Rule, options: RuleOptions): void {
  describe("Sessions", () => {
    rule(
      "events closer than the gap are one session, from the first event to the last plus the gap",
      "sessions",
      async (job) => {
        await assertSessions(job, events("a", 100_000, 104_000, 113_999));
      },
    );

    rule("events exactly the gap apart are two sessions", "sessions", async (job) => {
      assert.equal((await assertSessions(job, events("a", 100_000, 110_000))).length, 2);
    });

    rule("events one millisecond less than the gap apart are one session", "sessions", async (job) => {
      assert.equal((await assertSessions(job, events("a", 100_000, 109_999))).length, 1);
    });

    rule("an event between two sessions makes them one, also when it comes last", "sessions", async (job) => {
      assert.equal((await assertSessions(job, events("a", 100_000, 118_000, 109_000))).length, 1);
    });

    rule("a session reaches as far as its events chain, in whatever order they come", "sessions", async (job) => {
      const shuffled = [7, 2, 9, 0, 5, 3, 8, 1, 6, 4].map((n) => 100_000 + n * 9_000);
      assert.equal((await assertSessions(job, events("a", ...shuffled))).length, 1);
    });

    rule("keys have sessions of their own", "sessions", async (job) => {
      const both = [...events("a", 100_000, 118_000), ...events("b", 109_000)];
      assert.equal((await assertSessions(job, both)).length, 3);
    });

    rule("a gap may be of any milliseconds", "sessions", async (job) => {
      const all = events("a", 0, 1_499, 2_999, 3_000);
      await assertSessions(job, all, 1_500);
    });

    rule(
      "any events of many keys, in any order, become the sessions that are computed naively",
      "sessions",
      async (job) => {
        const event = fc.record({ key: fc.integer({ min: 0, max: 7 }), atMs: fc.integer({ min: 0, max: 120_000 }) });
        // Multiples of the gap, give or take a millisecond, are the times at which a wrong comparison shows.
        const edge = fc.record({
          key: fc.integer({ min: 0, max: 7 }),
          atMs: fc
            .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: -1, max: 1 }))
            .map(([n, d]) => n * GAP_MS + d),
        });
        await property(
          options,
          fc.array(fc.oneof(event, edge), { minLength: 1, maxLength: 150, size: "max" }),
          async (cases, name) => {
            const all = cases.map(({ key, atMs }, value) => ({ key: `user ${key}`, value, atMs }));
            await assertSessions(job, all, GAP_MS, name);
          },
        );
      },
    );

    rule("any stream of bounded disorder becomes the sessions that are computed naively", "sessions", async (job) => {
      const event = fc.record({ key: fc.integer({ min: 0, max: 5 }), gapMs: fc.nat(8_000), earlyMs: fc.nat(3_000) });
      await property(options, fc.array(event, { minLength: 1, maxLength: 60, size: "max" }), async (cases, name) => {
        let nowMs = 100_000;
        const all = cases.map(({ key, gapMs, earlyMs }, value) => {
          nowMs += gapMs;
          return { nowMs, event: { key: `user ${key}`, value, atMs: nowMs - earlyMs } };
        });
        const steps = all.flatMap(({ nowMs: at_, event: { key, value, atMs } }) => [
          at(atMs, kv(key, value)),
          watermark(at_ - 3_000),
        ]);
        await job.run((root) => {
          job.collect(sessionGroups(job.script(root, name, steps), GAP_MS), name);
        });
        assertSame(
          job,
          name,
          sessionsOf(
            all.map((one) => one.event),
            GAP_MS,
          ),
        );
      });
    });

    rule("a session closes when the watermark reaches its end", "sessions", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const steps = [at(100_000, kv("a", 1)), watermark(110_000), seen(out, 1), at(130_000, kv("a", 2))];
        job.collect(sessionGroups(job.script(root, "script", steps), GAP_MS), "out");
      });
      const expected: Session[] = [
        { key: "a", value: [1], window: { startMs: 100_000, endMs: 110_000 } },
        { key: "a", value: [2], window: { startMs: 130_000, endMs: 140_000 } },
      ];
      assertSame(job, "out", expected);
    });

    rule("a session does not close a millisecond before the watermark reaches its end", "sessions", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const steps = [
          at(100_000, kv("a", 1)),
          at(99_999, kv("ends one earlier", 2)),
          watermark(109_999),
          seen(out, 1),
          at(109_999, kv("a", 3)),
        ];
        job.collect(sessionGroups(job.script(root, "script", steps), GAP_MS), "out");
      });
      const expected: Session[] = [
        { key: "ends one earlier", value: [2], window: { startMs: 99_999, endMs: 109_999 } },
        { key: "a", value: [1, 3], window: { startMs: 100_000, endMs: 119_999 } },
      ];
      assertSame(job, "out", expected);
    });

    rule("a session that was prolonged closes at its new end, not at the old one", "sessions", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const steps = [
          at(100_000, kv("a", 1)),
          watermark(105_000),
          at(109_000, kv("a", 2)),
          at(101_000, kv("ends after a's old end", 3)),
          watermark(111_000),
          seen(out, 1),
          at(118_999, kv("a", 4)),
        ];
        job.collect(sessionGroups(job.script(root, "script", steps), GAP_MS), "out");
      });
      const expected: Session[] = [
        { key: "ends after a's old end", value: [3], window: { startMs: 101_000, endMs: 111_000 } },
        { key: "a", value: [1, 2, 4], window: { startMs: 100_000, endMs: 128_999 } },
      ];
      assertSame(job, "out", expected);
    });
  });
}

function events(key: string, ...times: number[]): Event[] {
  return times.map((atMs, value) => ({ key, value, atMs }));
}

function sessionGroups(
  input: Parameters<typeof grouped<string, number>>[0],
  gapMs: number,
): ReturnType<typeof grouped<string, number>> {
  return grouped(windowed(input, "sessions", sessionsMs(gapMs)), "group");
}

/** Groups all events in one bounded run and compares with the oracle, whose result it returns. */
async function assertSessions(job: Job, all: readonly Event[], gapMs = GAP_MS, name = "out"): Promise<Session[]> {
  await job.run((root: Root) => {
    const input = job.records(
      root,
      "events",
      all.map(({ key, value, atMs }) => ({ value: kv(key, value), atMs })),
    );
    job.collect(sessionGroups(input, gapMs), name);
  });
  const expected = sessionsOf(all, gapMs);
  assertSame(job, name, expected);
  return expected;
}

function assertSame(job: Job, name: string, expected: readonly Session[]): void {
  assertSessionsAre(job.collected<KV<string, number[]>>(name), expected);
}
