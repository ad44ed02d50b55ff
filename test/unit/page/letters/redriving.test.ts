import assert from "node:assert/strict";
import { deferred } from "../../../../src/beam/deferred";
import { JobError } from "../../../../src/chat/errors";
import { redirectLogs, setLogLevel } from "../../../../src/log";
import { type RedriveSums, Redriving, type RedriveWatch } from "../../../../src/page/letters/redriving";

const SUMS: RedriveSums = { redriven: 3, succeeded: 2, failedAgain: 1, truncated: 1, dropped: 1, sealed: 3 };

/** A redrive that ends when it is told to. */
function controlled() {
  const { promise, resolve, reject } = deferred<RedriveSums>();
  const watches: RedriveWatch[] = [];
  const run = (_filter: object, watch: RedriveWatch): Promise<RedriveSums> => {
    watches.push(watch);
    watch.signal.addEventListener("abort", () => reject(watch.signal.reason as Error));
    return promise;
  };
  return { run, watches, resolve, reject };
}

/** Lets what waits for promises go on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the redrives of a page's server", () => {
  it("are logged with the name of who asked for them", async () => {
    const lines: string[] = [];
    setLogLevel("warn");
    redirectLogs((line) => void lines.push(line));
    try {
      const { run } = controlled();
      const redriving = new Redriving(run, async () => 5);
      await redriving.start({ code: "TOO_LARGE" }, { user: "ada" });
      await redriving.close();
    } finally {
      redirectLogs(undefined);
      setLogLevel(process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "warn");
    }
    assert.match(lines.join(), /"letters":5,"user":"ada","msg":"a redrive was asked for"/);
  });

  it("run one at a time, and tell how far they are", async () => {
    const { run, watches, resolve } = controlled();
    const redriving = new Redriving(run, async () => 5);
    assert.deepEqual(redriving.state(), {});
    const [first, second] = await Promise.all([redriving.start({ code: "TOO_LARGE" }), redriving.start({})]);
    assert.equal(first, undefined);
    assert.match(second ?? "", /A redrive is running/);
    assert.equal(watches.length, 1);
    watches[0]!.onRound(4);
    const { last } = redriving.state();
    assert.deepEqual(
      [last?.filter, last?.total, last?.underWay, last?.endedAt],
      [{ code: "TOO_LARGE" }, 5, 4, undefined],
    );
    watches[0]!.onSettled(SUMS);
    assert.equal(redriving.state().last?.redriven, 3);
    resolve(SUMS);
    await settled();
    const { endedAt, underWay, left, error } = redriving.state().last!;
    assert.deepEqual([endedAt !== undefined, underWay, left, error], [true, 0, 5, undefined]);
    assert.equal(await redriving.start({}), undefined, "the next may begin");
  });

  it("are refused in a sentence where there is nothing to redrive, or nothing to redrive with", async () => {
    assert.match((await new Redriving(controlled().run, async () => 0).start({})) ?? "", /no such dead letters/);
    const without = new Redriving(undefined, async () => 5);
    assert.match((await without.start({})) ?? "", /npm run dead-letters -- redrive/);
    assert.match(without.state().refusal ?? "", /npm run dead-letters -- redrive/);
  });

  it("tell why they ended early, in words of the job alone", async () => {
    for (const [error, words] of [
      [new JobError("BAD_OPTION", "It is sealed."), /^It is sealed\.$/],
      [new Error("some chat text"), /^It failed: the letters of its last round stay\.$/],
    ] as const) {
      const { run, reject } = controlled();
      const redriving = new Redriving(run, async () => 1);
      await redriving.start({});
      reject(error);
      await settled();
      assert.match(redriving.state().last?.error ?? "", words);
      assert.equal(await redriving.start({}), undefined);
    }
  });

  it("are cancelled when the server ends", async () => {
    const { run, watches } = controlled();
    const redriving = new Redriving(run, async () => 1);
    await redriving.start({});
    await redriving.close();
    assert.equal(watches[0]!.signal.aborted, true);
    assert.notEqual(redriving.state().last?.endedAt, undefined);
  });
});
