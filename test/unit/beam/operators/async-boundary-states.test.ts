/**
 * Tests the table of states alone: which state follows, which elements wait for which, and when the runner comes back.
 */
import assert from "node:assert/strict";
import {
  deferral,
  deferralsOf,
  type Event,
  MAX_WAIT_MS,
  next,
  resumeDelayMs,
  type State,
  STATES,
  waitBeforeEnd,
} from "../../../../src/beam/operators/async-boundary-states";

const EVENTS: readonly Event[] = ["capacity", "room", "completion", "delivery", "bundleEnd"];
/** States in the order of `EVENTS`; a dot is an impossible event. */
const EXPECTED: Readonly<Record<State, readonly string[]>> = {
  arrived: ["inFlight", "queued", ".", ".", "."],
  queued: ["inFlight", ".", ".", ".", "deferred"],
  inFlight: [".", ".", "completed", ".", "checkpointed"],
  completed: [".", ".", ".", "collected", "."],
  collected: [".", ".", ".", ".", "."],
  checkpointed: [".", ".", ".", ".", "."],
  deferred: [".", ".", ".", ".", "."],
};
const START_MS = 5_000;

describe("the states of an element behind asyncBoundary", () => {
  for (const state of Object.keys(STATES) as State[]) {
    it(`lead on from "${state}" as the table says, and nowhere else`, () => {
      const found = EVENTS.map((event) => {
        if (STATES[state].on[event] !== undefined) return next(state, event);
        assert.throws(() => next(state, event), new RegExp(`"${event}" cannot happen to an element that is ${state}`));
        return ".";
      });
      assert.deepEqual(found, EXPECTED[state]);
    });
  }

  const wait = (states: readonly (readonly [State, number])[], nowMs = START_MS): ReturnType<typeof waitBeforeEnd> =>
    waitBeforeEnd(
      states.map(([state, resumeAtMs]) => ({ state, resumeAtMs })),
      START_MS,
      nowMs,
    );

  it("let a bundle end at once that only began elements, or has none", () => {
    assert.equal(wait([]), undefined);
    assert.equal(wait([["inFlight", 0]]), undefined);
    assert.equal(wait([["inFlight", START_MS - 1]]), undefined);
    assert.equal(
      wait([
        ["collected", START_MS + 500],
        ["completed", START_MS + 500],
      ]),
      undefined,
    );
  });

  it("let a bundle wait for completion where the runner polled before the resume time, until the last of those", () => {
    assert.deepEqual(
      wait([
        ["inFlight", START_MS + 300],
        ["inFlight", START_MS + 200],
        ["inFlight", 0],
      ]),
      { for: "completion", maxMs: 300 },
    );
  });

  it("let a bundle with a queue wait for capacity, up to its limit, or a resume time that is later", () => {
    assert.deepEqual(wait([["queued", 0]], START_MS + 1_500), { for: "capacity", maxMs: MAX_WAIT_MS - 1_500 });
    assert.equal(wait([["queued", 0]], START_MS + MAX_WAIT_MS), undefined);
    const later = START_MS + MAX_WAIT_MS + 700;
    assert.deepEqual(
      wait([
        ["queued", 0],
        ["inFlight", later],
      ]),
      { for: "capacity", maxMs: MAX_WAIT_MS + 700 },
    );
  });

  it("defer an element for longer each time, and remember in its token how often", () => {
    let token = "";
    const delays: number[] = [];
    for (let round = 0; round < 7; round++) {
      const deferred = deferral(deferralsOf(token));
      delays.push(deferred.delayMs);
      token = deferred.token;
    }
    assert.deepEqual(delays, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
    assert.equal(deferralsOf(token), 7);
    assert.equal(deferralsOf("7b0e3d5c-0000-4000-8000-000000000000/3"), 0);
  });

  const FEW = { count: 1, bytes: 5_000 };

  it("poll first when the element will probably have completed, then after longer each time", () => {
    assert.equal(resumeDelayMs(250.5, 0, FEW), 251);
    assert.equal(resumeDelayMs(2, 0, FEW), 10);
    assert.equal(resumeDelayMs(60_000, 0, FEW), 1_000);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((polls) => resumeDelayMs(0, polls, FEW)),
      [100, 200, 400, 800, 1_000, 1_000],
    );
    assert.equal(resumeDelayMs(250, 1, FEW), 200);
  });

  it("poll after so long that all polls together take a twentieth of a processor, up to half a checkpoint's interval", () => {
    const many = { count: 100, bytes: 4_000_000 };
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6].map((polls) => resumeDelayMs(0, polls, many)),
      [100, 200, 400, 800, 1_600, 2_200, 2_200],
    );
    assert.equal(resumeDelayMs(2_000, 0, many), 2_000, "when it is expected");
    const full = { count: 256, bytes: 24 * 1024 * 1024 };
    assert.equal(resumeDelayMs(0, 9, full), 5_000);
    assert.equal(resumeDelayMs(0, 9, { count: 10_000, bytes: 0 }), 5_000);
  });
});
