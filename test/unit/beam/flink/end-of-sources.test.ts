import assert from "node:assert/strict";
import { endWithSources } from "../../../../src/beam/flink/end-of-sources";
import { FlinkRest } from "../../../../src/beam/flink/flink-rest";
import { until } from "../../../support/until";
import { FakeFlink } from "../../../support/flink/fake-flink";

const LOOK_MS = 5;
const END = "9223372036854775807";
/** Beam's own, as Flink's JSON has it. */
const BEAM_END = 9_223_372_036_854_774;
const DRAIN = "POST /jobs/own/stop";
const CANCEL = "PATCH /jobs/own?mode=cancel";
const DISPOSE = "POST /savepoint-disposal";

/** A job of an Impulse and one stage with two tasks, all at the end of time. */
class Job {
  readonly ended = new AbortController();
  cancels = 0;
  watch: Promise<void> = Promise.resolve();

  constructor(private readonly flink: FakeFlink) {
    this.says({});
    flink.answer("GET /jobs/own/vertices/impulse/watermarks", []);
    flink.answer("GET /jobs/own/vertices/impulse/subtasks/metrics", [{ id: "Impulse.currentOutputWatermark" }]);
    flink.answer("GET /jobs/own/vertices/impulse/subtasks/metrics?agg=min&get=Impulse.currentOutputWatermark", [
      { id: "Impulse.currentOutputWatermark", min: Number(END) },
    ]);
    this.inputs(END, END);
    flink.answer("GET /jobs/own/vertices/stage/subtasks/metrics", [
      { id: "numRecordsIn" },
      { id: "read.currentOutputWatermark" },
      { id: "write.currentOutputWatermark" },
    ]);
    this.outputs(BEAM_END, BEAM_END);
    flink.answers[DRAIN] = [{ status: 202, body: { "request-id": "drain" } }];
    flink.answer("GET /jobs/own/savepoints/drain", {
      status: { id: "COMPLETED" },
      operation: { location: "file:/end/savepoint" },
    });
    flink.answers[DISPOSE] = [{ status: 202, body: { "request-id": "disposal" } }];
  }

  says({ state = "RUNNING", tasks = "RUNNING" }): void {
    this.flink.answer("GET /jobs/own", {
      ...{ jid: "own", name: "", state, "start-time": 1 },
      vertices: [
        { id: "impulse", name: "Source: Impulse", parallelism: 1, status: tasks },
        { id: "stage", name: "read -> write", parallelism: 2, status: tasks },
      ],
    });
  }

  inputs(...values: readonly string[]): void {
    this.flink.answer(
      "GET /jobs/own/vertices/stage/watermarks",
      values.map((value, index) => ({ id: `${index}.currentInputWatermark`, value })),
    );
  }

  outputs(...mins: readonly number[]): void {
    const names = ["read.currentOutputWatermark", "write.currentOutputWatermark"];
    this.flink.answer(
      `GET /jobs/own/vertices/stage/subtasks/metrics?agg=min&get=${names.join(",")}`,
      mins.map((min, index) => ({ id: names[index]!, min })),
    );
  }

  watched(steadyMs = 0): void {
    this.watch = endWithSources({
      ...{ rest: new FlinkRest(this.flink.url, { patienceMs: 0 }), job: "own", directory: "/end", steadyMs },
      ...{ lookMs: LOOK_MS, ended: this.ended.signal },
      cancel: async () => {
        this.cancels += 1;
        this.says({ state: "CANCELED" });
      },
    });
  }
}

describe("a job on Flink whose sources have all stopped", () => {
  let flink: FakeFlink;
  let job: Job;

  beforeEach(async () => {
    flink = await FakeFlink.start();
    job = new Job(flink);
  });
  afterEach(async () => {
    job.ended.abort();
    await job.watch;
    await flink.stop();
  });

  const asked = (address: string): number => flink.asked.filter((each) => each === address).length;
  const afterLooks = async (count: number): Promise<void> => {
    const before = asked("GET /jobs/own");
    await until(`${count} looks`, () => asked("GET /jobs/own") > before + count);
  };

  it("is drained, and what it leaves for that is disposed of", async () => {
    job.watched();
    await until("it is drained", () => asked(DRAIN) > 0);
    job.says({ state: "FINISHED" });
    await job.watch;
    assert.equal(asked(DRAIN), 1);
    assert.deepEqual(flink.bodies.at(-1), { "savepoint-path": "file:/end/savepoint" });
    const [stop] = flink.bodies as [Record<string, unknown>];
    assert.deepEqual([stop["targetDirectory"], stop["drain"]], ["/end", true]);
  });

  const WORK: readonly (readonly [what: string, change: (job: Job) => void])[] = [
    ["a task waits for input", (one) => one.inputs(END, "1000")],
    ["a task has not told its watermark", (one) => one.inputs(END)],
    ["no task of a stage has", (one) => one.inputs()],
    ["an operator holds a residual", (one) => one.outputs(1000, BEAM_END)],
    ["an operator waits for the global window's end", (one) => one.outputs(BEAM_END, BEAM_END - 86_400_000)],
    ["an operator has not told its watermark", (one) => one.outputs(BEAM_END)],
    ["its tasks start", (one) => one.says({ tasks: "INITIALIZING" })],
    ["it restarts", (one) => one.says({ state: "RESTARTING" })],
  ];
  for (const [what, change] of WORK) {
    it(`is left alone while ${what}`, async () => {
      change(job);
      job.watched();
      await afterLooks(5);
      assert.equal(asked(DRAIN), 0);
    });
  }

  it("is left alone until that was so for a while, without a break", async () => {
    const names = ["read.currentOutputWatermark", "write.currentOutputWatermark"];
    const address = `GET /jobs/own/vertices/stage/subtasks/metrics?agg=min&get=${names.join(",")}`;
    const looks = Array.from({ length: 40 }, (_, look) =>
      names.map((id) => ({ id, min: look % 2 === 0 ? BEAM_END : 1000 })),
    );
    flink.answer(address, ...looks, looks[0]);
    const startMs = performance.now();
    job.watched(100);
    await until("it is drained", () => asked(DRAIN) > 0);
    assert.ok(asked(address) > looks.length, `drained after ${asked(address)} looks`);
    assert.ok(performance.now() - startMs >= looks.length * LOOK_MS + 100);
    job.says({ state: "FINISHED" });
  });

  it("is drained again when that failed", async () => {
    flink.answer(
      "GET /jobs/own/savepoints/drain",
      {
        status: { id: "COMPLETED" },
        operation: { "failure-cause": { "stack-trace": "a.b.CException: a task failed" } },
      },
      { status: { id: "COMPLETED" }, operation: { location: "file:/end/savepoint" } },
    );
    job.watched();
    await until("it is drained again", () => asked(DRAIN) > 1);
    job.says({ state: "FINISHED" });
    await job.watch;
    assert.equal(job.cancels, 0);
  });

  it("is cancelled where savepoints cannot be kept", async () => {
    flink.answers[DRAIN] = [{ status: 400, body: { errors: ["Config key [state.savepoints.dir] is not set."] } }];
    job.watched();
    await job.watch;
    assert.equal(job.cancels, 1);
    assert.equal(asked(CANCEL), 0);
  });

  it("is looked for again when Flink is away, until nobody wants to know", async () => {
    flink.answers["GET /jobs/own"] = [{ status: 503, body: { errors: ["away"] } }];
    job.watched();
    await afterLooks(3);
    job.ended.abort();
    await job.watch;
    assert.equal(asked(DRAIN), 0);
  });
});
