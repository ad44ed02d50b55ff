import assert from "node:assert/strict";
import fc from "fast-check";
import { type CallOutcome, RateController, type RateEnvironment } from "../../../../src/io/bedrock/rate-controller";

/** A clock that is moved by hand, with its timers. */
class VirtualTime implements RateEnvironment {
  private now = 0;
  private timers: { atMs: number; callback: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  random(): number {
    return 1;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.now + delayMs, callback };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((own) => own !== timer));
  }

  advance(ms: number): void {
    const endMs = this.now + ms;
    for (;;) {
      const next = this.timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((own) => own !== next);
      this.now = Math.max(this.now, next.atMs);
      next.callback();
    }
    this.now = endMs;
  }
}

/** Runs rounds of one second, each with as many calls as are let in; `answer` gets a call's number in its round. */
async function rounds(rate: RateController, time: VirtualTime, count: number, answer: (call: number) => CallOutcome) {
  for (let round = 0; round < count; round++) {
    const limit = rate.currentLimit;
    for (let own = 0; own < limit; own++) await rate.acquire();
    time.advance(1_000);
    for (let own = 0; own < limit; own++) rate.release(answer(own));
  }
}

describe("RateController", () => {
  it("lets in at most its limit, first come, first served", async () => {
    const rate = new RateController(2, new VirtualTime());
    const order: number[] = [];
    const waiting = [1, 2, 3, 4].map((own) => rate.acquire().then(() => order.push(own)));
    await Promise.all(waiting.slice(0, 2));
    assert.deepEqual(order, [1, 2]);
    rate.release("ok");
    rate.release("ok");
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2, 3, 4]);
  });

  it("gives a place on while its answer is still to be judged, and judges it as any other", async () => {
    const rate = new RateController(1, new VirtualTime());
    await rate.acquire();
    const second = rate.acquire();
    rate.vacate();
    await second;
    assert.equal(rate.msSinceSuccess, Infinity);
    rate.judge("ok");
    assert.equal(rate.msSinceSuccess, 0);
    let third = false;
    void rate.acquire().then(() => (third = true));
    await Promise.resolve();
    assert.ok(!third, "two calls are under way");
    rate.release("ok");
    await Promise.resolve();
    assert.ok(third);
  });

  it("finds a quota, stays near it, and is back at full speed soon after it is lifted", async () => {
    const time = new VirtualTime();
    const rate = new RateController(64, time);
    const quota = 10;
    await rounds(rate, time, 60, (call) => (call < quota ? "ok" : "throttled"));
    assert(rate.currentLimit >= quota / 2 && rate.currentLimit <= quota * 2, `limit ${rate.currentLimit}`);
    await rounds(rate, time, 8, () => "ok");
    assert.equal(rate.currentLimit, 64);
  });

  it("is not starved by throttling that does not depend on its load, and slows down to one when all is throttled", async () => {
    const time = new VirtualTime();
    const rate = new RateController(64, time);
    let answered = 0;
    await rounds(rate, time, 60, () => (answered++ % 10 < 3 ? "throttled" : "ok"));
    assert(rate.currentLimit >= 6, `limit ${rate.currentLimit}`);
    await rounds(rate, time, 60, () => "throttled");
    assert.equal(rate.currentLimit, 1);
  });

  it("sends single probes into an outage, ever more rarely, and recovers step by step", async () => {
    const time = new VirtualTime();
    const rate = new RateController(64, time);
    for (let call = 0; call < 64; call++) await rate.acquire();
    for (let call = 0; call < 64; call++) rate.release("unavailable");
    assert(rate.isDown);
    let started = 0;
    const call = (): Promise<void> => rate.acquire().then(() => void started++);
    const waiting = Array.from({ length: 64 }, call);
    const starts: number[] = [];
    for (let step = 0; step < 600; step++) {
      time.advance(100);
      await settled();
      if (started > starts.length) {
        assert.equal(started, starts.length + 1, "one probe at a time");
        starts.push(time.nowMs());
        rate.release("unavailable");
      }
    }
    assert(starts.length >= 12 && starts.length <= 25, `${starts.length} probes in a minute`);
    time.advance(5_000);
    await settled();
    rate.release("ok");
    assert(!rate.isDown);
    await settled();
    assert.equal(started, starts.length + 1 + 2, "two after the first success");
    rate.release("ok");
    rate.release("ok");
    await settled();
    assert.equal(started, starts.length + 1 + 2 + 4);
    while (started < 64) {
      rate.release("ok");
      await settled();
    }
    await Promise.all(waiting);
  });

  it("forgets a waiter whose time is over", async () => {
    const rate = new RateController(1, new VirtualTime());
    await rate.acquire();
    const controller = new AbortController();
    const waiting = rate.acquire(controller.signal);
    controller.abort(new Error("over"));
    await assert.rejects(waiting, /over/);
    await assert.rejects(rate.acquire(controller.signal), /over/);
    rate.release("ok");
    await rate.acquire();
  });

  it("whatever the answers, lets in no more than the maximum and leaves nobody waiting for ever", async () => {
    const outcomes = fc.constantFrom<CallOutcome>("ok", "throttled", "unavailable", "neutral");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(outcomes, { maxLength: 60 }), async (max, answers) => {
        const time = new VirtualTime();
        const rate = new RateController(max, time);
        let underWay = 0;
        let done = 0;
        const calls = answers.map(async (outcome) => {
          await rate.acquire();
          assert(++underWay <= max);
          await new Promise<void>((resolve) => void time.after(50, resolve));
          underWay--;
          done++;
          rate.release(outcome);
        });
        for (let step = 0; step < answers.length * 50 && done < answers.length; step++) {
          time.advance(100);
          await settled();
        }
        assert.equal(done, answers.length);
        await Promise.all(calls);
      }),
      { seed: 17, numRuns: 60 },
    );
  });
});

/** Lets promises that are due run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
