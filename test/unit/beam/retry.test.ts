import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import {
  backOffMs,
  type Bounds,
  type Decide,
  type Failed,
  retryAfterMs,
  type RetryClock,
  type RetryOptions,
  retrying,
  unlessAnswered,
  unlessFailed,
} from "../../../src/beam/retry";

const BACK_OFF = { baseMs: 100, capMs: 1_000, jitter: 0.5 };

/** A clock that stands still but for pauses and calls. */
class FakeClock implements RetryClock {
  readonly pausesMs: number[] = [];
  private atMs = 0;

  nowMs = (): number => this.atMs;

  sleep = async (delayMs: number): Promise<void> => {
    this.pausesMs.push(delayMs);
    this.pass(delayMs);
  };

  pass(durationMs: number): void {
    this.atMs += durationMs;
  }
}

/** A call that fails `times` times before it answers. */
function failing(times: number): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw new Error("away");
    return "answer";
  };
}

const again = unlessAnswered<string>(() => ({ kind: "again", why: "away" }));

describe("retrying", () => {
  let clock: FakeClock;
  beforeEach(() => (clock = new FakeClock()));

  function run<A, T>(call: () => Promise<A>, decide: Decide<A, T>, own: Partial<RetryOptions<T>> = {}): Promise<T> {
    return retrying(call, decide, { backOff: BACK_OFF, clock, random: () => 0.5, ...own });
  }

  it("calls until there is an answer, with pauses that double up to the cap", async () => {
    assert.equal(await run(failing(6), again), "answer");
    assert.deepEqual(clock.pausesMs, [75, 150, 300, 600, 750, 750]);
  });

  it("rejects at once with what a decision calls fatal", async () => {
    const fatal = new Error("no such thing");
    const decide = unlessAnswered<string>(() => ({ kind: "fatal", error: fatal }));
    await assert.rejects(run(failing(1), decide), fatal);
    assert.deepEqual(clock.pausesMs, []);
  });

  it("judges answers as well as failures", async () => {
    const states = ["CREATING", "CREATING", "ACTIVE"];
    const decide = unlessFailed<string, number>((state) =>
      state === "ACTIVE" ? { kind: "done", value: 7 } : { kind: "again", why: state },
    );
    assert.equal(await run(async () => states.shift()!, decide), 7);
    const lost = new Error("lost");
    await assert.rejects(
      run(() => Promise.reject(lost), decide),
      lost,
    );
  });

  it("waits at least as long as the service wishes", async () => {
    let wishMs = 5_000;
    const decide = unlessAnswered<string>(() => ({ kind: "again", why: "busy", retryAfterMs: wishMs }));
    await run(failing(1), decide);
    wishMs = 1;
    await run(failing(1), decide);
    assert.deepEqual(clock.pausesMs, [5_000, 75]);
  });

  it("takes a decision's own pauses", async () => {
    const backOff = { baseMs: 7, capMs: 7, jitter: 0 };
    await run(
      failing(2),
      unlessAnswered<string>(() => ({ kind: "again", why: "expired", backOff })),
    );
    assert.deepEqual(clock.pausesMs, [7, 7]);
  });

  it("repeats without a pause what has not failed", async () => {
    const answers = ["stale", "stale", "fresh"];
    const told: Failed[] = [];
    const decide: Decide<string, string> = (outcome) =>
      outcome.kind === "answer" && outcome.answer === "fresh" ? { kind: "done", value: "fresh" } : { kind: "repeat" };
    assert.equal(await run(async () => answers.shift()!, decide, { onRetry: (failed) => told.push(failed) }), "fresh");
    assert.deepEqual([clock.pausesMs, told], [[], []]);
  });

  describe("with bounds", () => {
    const giveUp: Bounds<string>["giveUp"] = ({ failures, failingForMs, why }) =>
      `${failures} in ${failingForMs} ms: ${why}`;

    it("gives up after so many attempts", async () => {
      const bounds = { maxAttempts: 3, giveUp };
      assert.equal(await run(failing(2), again, { bounds }), "answer");
      assert.equal(await run(failing(9), again, { bounds }), "3 in 225 ms: away");
    });

    it("gives up what fails for too long, and not before", async () => {
      const call = async (): Promise<string> => {
        clock.pass(100);
        throw new Error("away");
      };
      // 100, 75, 100, 150, 100: the third failure is the first one at 500 ms or later.
      assert.equal(await run(call, again, { bounds: { maxDurationMs: 500, giveUp } }), "3 in 525 ms: away");
      assert.equal(await run(call, again, { bounds: { maxDurationMs: 0, giveUp } }), "1 in 100 ms: away");
    });

    it("begins to count anew when part of the work got done", async () => {
      let calls = 0;
      const decide: Decide<string, string> = () => ({ kind: "again", why: "partly", progress: ++calls === 2 });
      const bounds = { maxAttempts: 3, giveUp };
      assert.equal(await run(async () => "some", decide, { bounds }), "3 in 225 ms: partly");
      assert.deepEqual(clock.pausesMs, [75, 75, 150]);
    });
  });

  it("tells of each failure that it tries again after, and of the end of them", async () => {
    const told: string[] = [];
    const own = {
      onRetry: ({ failures, why, error }: Failed) => told.push(`${failures} ${why} ${String(error)}`),
      onRecovery: (failures: number) => told.push(`recovered from ${failures}`),
    };
    await run(failing(0), again, own);
    assert.deepEqual(told, []);
    await run(failing(2), again, own);
    assert.deepEqual(told, ["1 away Error: away", "2 away Error: away", "recovered from 2"]);
  });

  describe("with a signal", () => {
    const reason = new Error("the stage ended");

    it("ends a pause with the signal's reason, and leaves nothing behind", async () => {
      const controller = new AbortController();
      const startMs = performance.now();
      const running = retrying(failing(9), again, {
        backOff: { baseMs: 60_000, capMs: 60_000, jitter: 0 },
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(reason), 20);
      await assert.rejects(running, reason);
      assert(performance.now() - startMs < 5_000);
      assert.equal(getEventListeners(controller.signal, "abort").length, 0);
    });

    it("does not begin when it is aborted already", async () => {
      let calls = 0;
      const call = async (): Promise<string> => String(++calls);
      await assert.rejects(run(call, again, { signal: AbortSignal.abort(reason) }), reason);
      assert.equal(calls, 0);
    });

    it("takes a failure after the abort for the abort's own", async () => {
      const controller = new AbortController();
      const call = async (): Promise<string> => {
        controller.abort(reason);
        throw new Error("aborted");
      };
      await assert.rejects(run(call, again, { signal: controller.signal }), reason);
    });
  });
});

describe("the pause", () => {
  it("is random by its share, and never above the cap", () => {
    for (const [jitter, random, expectedMs] of [
      [0, 0, 400],
      [0, 0.999, 400],
      [0.5, 0, 200],
      [0.5, 0.5, 300],
      [1, 0, 0],
      [1, 0.5, 200],
    ] as const) {
      assert.equal(
        backOffMs({ ...BACK_OFF, jitter }, 3, () => random),
        expectedMs,
      );
    }
    for (const failures of [5, 100, 1e9])
      assert.equal(
        backOffMs({ ...BACK_OFF, jitter: 0 }, failures, () => 0),
        1_000,
      );
  });
});

describe("a Retry-After header", () => {
  const NOW_MS = Date.UTC(2026, 0, 1);
  for (const [header, expectedMs] of [
    ["3", 3_000],
    ["0", 0],
    [" 2 ", 2_000],
    ["86400", 60_000],
    ["Thu, 01 Jan 2026 00:00:05 GMT", 5_000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
    [7, undefined],
  ] as const) {
    it(`${JSON.stringify(header)}: ${expectedMs ?? "no"} ms`, () =>
      assert.equal(retryAfterMs(header, NOW_MS), expectedMs));
  }
});
