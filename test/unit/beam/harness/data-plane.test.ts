import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DataPlane } from "../../../../src/beam/harness/data-plane";
import { OutputPace } from "../../../../src/beam/harness/output-pace";
import { remote } from "../operators/fns";
import { FakeRunner } from "./fake-runner";
import { sinkId, SOURCE } from "./fake-stage";
import { StalledRunner } from "./stalled-runner";
import { calls, repeat } from "./stages";
import { nextTurn, until, WorkerFixture } from "./worker-fixture";

const MB = 1024 * 1024;

describe("the data plane", () => {
  let runner: FakeRunner;
  let plane: DataPlane;
  let failure: Error | undefined;

  beforeEach(async () => {
    failure = undefined;
    runner = await FakeRunner.start();
    plane = new DataPlane(
      runner.url,
      { id: "w" },
      { maxBufferedBytes: 2 * MB, onFailure: (error) => (failure = error) },
    );
    await runner.until(() => runner.data !== undefined);
  });

  afterEach(() => {
    plane.end();
    runner.kill();
  });

  it("holds the runner when too much waits, and lets it go on when bundles take their data", async () => {
    const chunk = new Uint8Array(256 * 1024);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200; sent++) await runner.send("slow", SOURCE, chunk);
    })();
    let before = -1;
    while (sent > before) {
      before = sent;
      await sleep(100);
    }
    assert(sent < 150, `${sent} of 200 chunks were sent while nobody took any`);
    // One message may come after the stream was paused, and what gRPC has read already.
    assert(plane.load.bufferedBytes < 8 * MB, `${plane.load.bufferedBytes} bytes wait`);
    for (let taken = 0; taken < 200; taken++) await plane.next("slow");
    await sending;
    assert.equal(plane.load.bufferedBytes, 0);
  });

  it("fails a bundle that is sent timers, which no stage has", async () => {
    const timers = [
      { instructionId: "timed", transformId: "t", timerFamilyId: "f", timers: new Uint8Array(1), isLast: true },
    ];
    runner.data!.write({ data: [], timers });
    await assert.rejects(plane.next("timed"), /The runner sent timers/);
  });

  it("makes writers wait while the runner does not read, all of them, and wakes all", async () => {
    runner.data!.pause();
    const data = new Uint8Array(MB);
    let waiting = 0;
    const writer = async (id: string): Promise<void> => {
      for (let count = 0; count < 20; count++) {
        waiting++;
        await plane.send(id, [{ transformId: "t", data, isLast: false }]);
        waiting--;
      }
    };
    const writers = Promise.all(["a", "b", "c"].map(writer));
    await sleep(200);
    assert.equal(waiting, 3);
    runner.data!.resume();
    await writers;
    const receivedOf = (id: string): number => runner.received.get(id)?.length ?? 0;
    await runner.until(() => ["a", "b", "c"].every((id) => receivedOf(id) === 20));
  });

  it("fails all that wait when the stream breaks: for data and for room", async () => {
    runner.data!.pause();
    const data = new Uint8Array(MB);
    const writing = (async () => {
      for (;;) await plane.send("a", [{ transformId: "t", data, isLast: false }]);
    })();
    const reading = [plane.next("b"), plane.next("c")];
    await sleep(50);
    runner.kill();
    await Promise.all(
      [writing, ...reading].map((waiting) => assert.rejects(waiting, /data stream to the runner broke/)),
    );
    assert.match(failure?.message ?? "", /data stream to the runner broke/);
    await assert.rejects(plane.next("d"), /data stream to the runner broke/);
  });

  it("keeps nothing of an ended bundle, and drops what still comes for a failed one", async () => {
    await runner.send("good", SOURCE, new Uint8Array(10), true);
    assert.equal((await plane.next("good")).data.length, 10);
    assert.equal((await plane.next("good")).isLast, true);
    plane.close("good", false);
    await runner.send("bad", SOURCE, new Uint8Array(10));
    await until(() => plane.load.instructions === 1);
    plane.close("bad", true);
    assert.deepEqual(plane.load, { instructions: 0, bufferedBytes: 0, failed: 1 });
    await runner.send("bad", SOURCE, new Uint8Array(10), true);
    await runner.send("next", SOURCE, new Uint8Array(1));
    await plane.next("next");
    assert.deepEqual(plane.load, { instructions: 1, bufferedBytes: 0, failed: 1 });
  });
});

describe("the data plane of a runner that reads nothing", () => {
  it("holds writers by bytes, too: few large messages wait for it", async () => {
    const runner = await StalledRunner.start();
    const plane = new DataPlane(runner.url, { id: "w" }, { onFailure: () => undefined });
    try {
      let sent = 0;
      const writing = (async () => {
        for (; sent < 12; sent++)
          await plane.send("a", [{ transformId: "t", data: new Uint8Array(8 * MB), isLast: false }]);
      })();
      await runner.holdsSome();
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      // The first message fits, and the second reaches the bound. By number alone the stream would have taken all of
      // them.
      assert.equal(sent, 1);
      assert.ok(plane.sendingBytes > 16 * MB && plane.sendingBytes < 17 * MB, `${plane.sendingBytes} bytes wait`);
      await runner.read();
      await writing;
      await until(() => runner.receivedBytes > 12 * 8 * MB && plane.sendingBytes === 0);
    } finally {
      plane.end();
      runner.stop();
    }
  });
});

describe("a worker's data", () => {
  const fixture = new WorkerFixture();

  beforeEach(() => remote.reset());
  afterEach(() => fixture.stop());

  it("may come and go in elements far above gRPC's limit of 4 MB", async () => {
    const runner = await fixture.start();
    const stage = repeat(runner);
    const [value] = (await stage.run([9_000_000])).values("main");
    assert.equal(String(value).length, 9_000_000);
    const many = Array.from({ length: 300_000 }, () => 1);
    assert(stage.encode(many).length > 4 * MB);
    assert.equal((await stage.run(many)).values("main").length, many.length);
  });

  it("leaves in large parts while it flows", async () => {
    const runner = await fixture.start();
    const stage = repeat(runner);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, stage.encode(Array.from({ length: 2_000 }, () => 1_000)), true);
    await answer;
    await runner.output(instructionId, sinkId("main"));
    const parts = runner.received.get(instructionId)!.filter(({ data }) => data.length > 0);
    assert(parts.length <= 10, `2 MB came in ${parts.length} parts`);
  });

  it("leaves in fewer messages than a Java runner's queue holds, however much flows", async () => {
    const runner = await fixture.start();
    const stage = repeat(runner);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    const halves = Array.from({ length: 100 }, () => MB / 2);
    await runner.send(instructionId, SOURCE, stage.encode(halves), true);
    await answer;
    await runner.output(instructionId, sinkId("main"));
    const parts = runner.received.get(instructionId)!;
    assert(parts.reduce((bytes, { data }) => bytes + data.length, 0) > 50 * MB);
    assert(parts.length < 100, `50 MB came in ${parts.length} parts`);
  });

  it("leaves in fewer messages than a Java runner's queue holds, however slowly it flows", () => {
    const pace = new OutputPace();
    pace.start();
    let ms = 0;
    let messages = 0;
    for (; pace.flushMs < Infinity; messages++) {
      ms += pace.flushMs;
      pace.count();
    }
    assert(messages < 100 && ms > 15_000, `${messages} messages in ${ms} ms`);
    assert.equal(pace.flushBytes, Infinity);
    pace.start();
    assert.equal(pace.flushMs, 20);
  });

  it("leaves soon when little of it flows, while the bundle is still open", async () => {
    const runner = await fixture.start();
    const stage = calls(runner);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, stage.encode([1]));
    await until(() => remote.calls.length === 1);
    remote.calls[0]!.answer();
    await runner.until(() => runner.received.has(instructionId));
    remote.automatic = () => 0;
    await runner.send(instructionId, SOURCE, stage.encode([2]), true);
    const outcome = await stage.outcome(instructionId, await answer);
    assert.deepEqual(outcome.values("main"), [1, 2]);
  });
});
