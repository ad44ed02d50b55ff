import assert from "node:assert/strict";
import fc from "fast-check";
import { withName } from "../../sdk";
import {
  afterAny,
  afterCount,
  afterProcessingTime,
  afterWatermark,
  sessionsMs,
  type Windowing,
} from "../../authoring/windowing";
import type { IntervalWindow, KV } from "../../values";
import { lists, weighed } from "../fns/fragments";
import type { Step } from "../fns/scripted-source";
import { type Collected, sorted } from "../support/collected";
import { grouped, kv, windowed } from "../support/grouping";
import type { Job } from "../support/job";
import { property } from "../support/property";
import type { Rule, RuleOptions } from "../support/rule";
import { assertSessionsAre, type Event, type Session, sessionsOf } from "../support/session-oracle";
import { at, checkpoint, seen, watermark } from "../support/steps";
import { strategy } from "../support/windowing";

const GAP_MS = 10_000;
const HOUR_MS = 3_600_000;
const ON_TIME = 20;
/** Number of elements at which the trigger fires. Each element stands for ten bytes. */
const WEIGHED_ELEMENTS = 10;

type Fragments = Collected<KV<string, number[][]>>;

export function sessionFragmentRules(rule: Rule, options: RuleOptions): void {
  describe("Sessions of fragments", () => {
    rule(
      "values gathered into fragments before they are grouped become the sessions that the values would",
      "sessions",
      async (job) => {
        const event = fc.record({ key: fc.integer({ min: 0, max: 3 }), gapMs: fc.nat(4_000), earlyMs: fc.nat(3_000) });
        await property(
          options,
          fc.array(event, { minLength: 40, maxLength: 120, size: "max" }),
          async (cases, name) => {
            let nowMs = 100_000;
            const all = cases.map(({ key, gapMs, earlyMs }, value) => {
              nowMs += gapMs;
              return { nowMs, event: { key: `user ${key}`, value, atMs: nowMs - earlyMs } };
            });
            // These steps make several values per bundle, and several bundles per session.
            const steps = all.flatMap(({ nowMs: at_, event }, index) => [
              said(event),
              ...(index % 10 === 9 ? [watermark(at_ - 3_000), checkpoint()] : []),
            ]);
            const made = await gather(job, steps, name);
            assertSessionsAre(
              made.map(flattened),
              sessionsOf(
                all.map((one) => one.event),
                GAP_MS,
              ),
            );
            const pieces = made.reduce((sum, { value: { value } }) => sum + value.length, 0);
            assert.ok(pieces < all.length, "nothing was gathered");
          },
        );
      },
    );

    rule(
      "late values gathered into fragments join, prolong and bridge the sessions that the values would",
      "lateData",
      async (job) => {
        const early = fc.record({ key: fc.integer({ min: 0, max: 2 }), gapMs: fc.nat(8_000) });
        // The time of a late value is near that of another value: within its session, a millisecond beside the gap, or
        // outside.
        const late = fc.record({
          near: fc.nat(ON_TIME - 1),
          byMs: fc.oneof(fc.integer({ min: -GAP_MS, max: GAP_MS }), fc.constantFrom(-GAP_MS - 1, GAP_MS + 1)),
        });
        const cases = fc.record({
          onTime: fc.array(early, { minLength: ON_TIME, maxLength: ON_TIME }),
          late: fc.array(late, { minLength: 10, maxLength: 40, size: "max" }),
        });
        await property(options, cases, async (random, name) => {
          let nowMs = 100_000;
          const onTime = random.onTime.map(({ key, gapMs }, value): Event => {
            nowMs += gapMs;
            return { key: `user ${key}`, value, atMs: nowMs };
          });
          const lateOnes = [{ near: 0, byMs: 1 }, ...random.late].map(({ near, byMs }, index): Event => {
            const { key, atMs } = onTime[near]!;
            return { key, value: ON_TIME + index, atMs: atMs + byMs };
          });
          const steps = [
            ...onTime.map(said),
            // The watermark passes every session, those of late values included.
            watermark(nowMs + 3 * GAP_MS),
            seen(job.folder(name), sessionsOf(onTime, GAP_MS).length),
            ...lateOnes.flatMap((event, index) => [said(event), ...(index % 10 === 9 ? [checkpoint()] : [])]),
          ];
          const made = await gather(job, steps, name, { allowedLatenessMs: HOUR_MS });
          assertPanesAreOf(made, sessionsOf([...onTime, ...lateOnes], GAP_MS));
        });
      },
    );

    rule(
      "values that weigh fire a trigger that counts elements, and each is in one pane",
      "earlyFirst",
      async (job) => {
        const sizes = [95, 1, 45, 30, 200, 7, 60, 61, 62, 63, 3, 99];
        const trigger = afterWatermark({ early: afterAny(afterCount(WEIGHED_ELEMENTS), afterProcessingTime(HOUR_MS)) });
        const steps = sizes.flatMap((size, index) => [at(100_000 + index, kv("k", size)), checkpoint()]);
        await job.run((root) => {
          const inSessions = windowed(
            job.script(root, "sizes", steps),
            "sessions",
            sessionsMs(GAP_MS),
            strategy({ trigger }),
          );
          job.collect(grouped(inSessions.apply(withName("gather", weighed())).main, "group"), "out");
        });
        const panes = job.collected<KV<string, number[][]>>("out").map(({ value }) => value.value.flat());
        assert.deepEqual(sorted(panes.flat()), sorted(sizes));
        const bytesOf = (pane: readonly number[]): number => pane.reduce((sum, size) => sum + size, 0);
        const maxBytes = 10 * WEIGHED_ELEMENTS + Math.max(...sizes);
        for (const pane of panes) assert.ok(bytesOf(pane) <= maxBytes, `${bytesOf(pane)} bytes in a pane`);
      },
    );
  });
}

function said({ key, value, atMs }: Event): Step<KV<string, number>> {
  return at(atMs, kv(key, value));
}

/** Plays the steps, gathers the values into fragments, groups these, and collects the groups in the folder `name`. */
async function gather(
  job: Job,
  steps: readonly Step<KV<string, number>>[],
  name: string,
  options: Windowing = {},
): Promise<Fragments[]> {
  await job.run((root) => {
    const inSessions = windowed(job.script(root, name, steps), "sessions", sessionsMs(GAP_MS), strategy(options));
    const gathered = inSessions.apply(withName("gather", lists())).main;
    job.collect(grouped(gathered, "group"), name);
  });
  return job.collected<KV<string, number[][]>>(name);
}

function flattened({ value: { key, value }, ...rest }: Fragments): Collected<KV<string, number[]>> {
  return { ...rest, value: kv(key, value.flat()) };
}

/**
 * Asserts that the panes of each session lie within it, hold all its values together, and that one of them spans it.
 * Some panes are late.
 */
function assertPanesAreOf(collected: readonly Fragments[], expected: readonly Session[]): void {
  const panes = collected.map(flattened);
  const within = ({ key, window }: Session) =>
    panes.filter((one) => one.value.key === key && covers(window, one.window));
  const found = expected.map((session) => ({
    ...session,
    value: sorted(within(session).flatMap(({ value }) => value.value)),
    isSpanned: within(session).some((pane) => covers(pane.window, session.window)),
  }));
  assert.deepEqual(
    found,
    expected.map((session) => ({ ...session, value: sorted(session.value), isSpanned: true })),
  );
  const values = panes.flatMap(({ value }) => value.value);
  assert.equal(values.length, expected.flatMap(({ value }) => value).length);
  assert.ok(
    panes.some(({ pane }) => pane.timing === "LATE"),
    "nothing came late",
  );
}

function covers(outer: IntervalWindow, inner: IntervalWindow): boolean {
  return outer.startMs <= inner.startMs && inner.endMs <= outer.endMs;
}
