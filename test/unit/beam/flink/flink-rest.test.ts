/** Flink's REST client meets answers that a healthy Flink does not give; test/integration has real ones. */
import assert from "node:assert/strict";
import { declareCodes } from "../../../../src/beam/error";
import { z } from "zod";
import { FlinkRest } from "../../../../src/beam/flink/flink-rest";
import { type FakeAnswer, FakeFlink } from "../../../support/flink/fake-flink";
import { isFatal } from "../../../support/chat/fatal";

const OVERVIEW = { "flink-version": "1.19.0", taskmanagers: 1, "slots-total": 2, "slots-available": 2 };
const TRACE = [
  "org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.",
  "\tat org.apache.flink.runtime.webmonitor.handlers.JarRunHandler.lambda$handleRequest$1(JarRunHandler.java:114)",
  "Caused by: java.lang.RuntimeException: Job chat-sessions failed.",
  "\tat org.apache.beam.runners.flink.FlinkPipelineRunner.main(FlinkPipelineRunner.java:213)",
].join("\n");

declareCodes(["STREAM_NOT_FOUND"]);

describe("Flink's REST client", () => {
  let flink: FakeFlink;
  let answers: FakeFlink["answers"];
  let asked: FakeFlink["asked"];

  beforeEach(async () => {
    flink = await FakeFlink.start();
    ({ answers, asked } = flink);
  });
  afterEach(() => flink.stop());

  const client = (patienceMs = 3_000): FlinkRest => new FlinkRest(flink.url, { patienceMs });

  it("asks again while the JobManager starts", async () => {
    const busy = { status: 503, body: { errors: ["Service temporarily unavailable"] } };
    answers["GET /overview"] = [busy, busy, { status: 200, body: OVERVIEW }];
    assert.deepEqual(await client().overview(), OVERVIEW);
    assert.equal(asked.length, 3);
  });

  it("asks again while a job that was just taken is being set up", async () => {
    const words =
      "Unable to get JobMasterGateway for initializing job. The requested operation is not available while the JobManager is initializing.";
    const counts = { completed: 0, failed: 0, restored: 0 };
    answers["GET /jobs/a/checkpoints"] = [
      { status: 500, body: { errors: ["Internal server error.", `${TRACE}\nCaused by: a.b.SomeException: ${words}`] } },
      { status: 200, body: { counts, latest: {} } },
    ];
    assert.deepEqual((await client().checkpoints("a")).counts, counts);
    assert.equal(asked.length, 2);
  });

  it("gives up after its patience, with the address", async () => {
    answers["GET /overview"] = [{ status: 503, body: {} }];
    await assert.rejects(client(300).overview(), isFatal("SERVICE_UNREACHABLE", /^Flink at http:.* does not answer/));
    await flink.stop();
    await assert.rejects(client(300).overview(), isFatal("SERVICE_UNREACHABLE", /\(ECONNREFUSED\)\.$/));
  });

  it("asks again when what stands before the JobManager cannot reach it", async () => {
    answers["GET /overview"] = [
      { status: 502, body: "<html>Bad Gateway</html>" },
      { status: 504, body: "" },
      { status: 200, body: OVERVIEW },
    ];
    assert.deepEqual(await client().overview(), OVERVIEW);
  });

  it("says so when something else answers", async () => {
    for (const answer of [
      { status: 200, body: "<html></html>" },
      { status: 200, body: { hello: 1 } },
      { status: 404, body: "" },
    ]) {
      answers["GET /overview"] = [answer];
      await assert.rejects(client().overview(), isFatal("SERVICE_UNREACHABLE", /is not Flink's REST service\.$/));
    }
  });

  it("names a job that Flink does not know", async () => {
    await assert.rejects(client().cancel("abc"), isFatal("FLINK", /^Flink at .* knows no job abc\.$/));
  });

  it("takes the innermost cause out of a stack trace, with its code when it has one", async () => {
    const refuse = (words: string): void => {
      const body = { errors: ["Internal server error.", `<Exception on server side:\n${TRACE}\nCaused by: ${words}`] };
      answers["POST /jars/a.jar/run"] = [{ status: 500, body }];
      answers["GET /jobs/overview"] = [{ status: 200, body: { jobs: [] } }];
    };
    refuse("java.lang.IllegalStateException: No default job name found.");
    await assert.rejects(client().runJar("a.jar"), isFatal("FLINK", /^Flink refused: No default job name found\.$/));
    refuse("beamstreaming.PipelineException: [STREAM_NOT_FOUND] The stream x does not exist.");
    await assert.rejects(client().runJar("a.jar"), isFatal("STREAM_NOT_FOUND", /^The stream x does not exist\.$/));
  });

  it("finds the job whose start was answered to nobody", async () => {
    let jobId = "";
    flink.server.removeAllListeners("request");
    flink.server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.once("end", () => {
        if (request.url === "/jars/a.jar/run") {
          const again = jobId !== "";
          jobId = (JSON.parse(body) as { readonly jobId: string }).jobId;
          if (!again) return void request.socket.destroy();
          response.writeHead(500).end(JSON.stringify({ errors: ["Job has already been submitted."] }));
        } else {
          const jobs = [{ jid: jobId, name: "a", state: "RUNNING", "start-time": 1 }];
          response.writeHead(200).end(JSON.stringify({ jobs }));
        }
      });
    });
    assert.equal(await client().runJar("a.jar"), jobId);
    assert.match(jobId, /^[0-9a-f]{32}$/);
  });

  it("waits for a stopped job's end, which comes after its savepoint", async () => {
    const job = { jid: "a", name: "a", state: "RUNNING", "start-time": 1, vertices: [] };
    const inState = (state: string): FakeAnswer => ({ status: 200, body: { ...job, state } });
    answers["GET /jobs/a"] = [inState("RUNNING"), inState("RUNNING"), inState("RUNNING"), inState("FINISHED")];
    for (const command of ["stop", "savepoints"]) {
      answers[`POST /jobs/a/${command}`] = [{ status: 202, body: { "request-id": "r" } }];
    }
    const body = { status: { id: "COMPLETED" }, operation: { location: "file:/s-1" } };
    answers["GET /jobs/a/savepoints/r"] = [{ status: 200, body }];
    const looks = (): number => asked.filter((address) => address === "GET /jobs/a").length;
    assert.equal(await client().savepoint("a"), "file:/s-1");
    assert.equal(looks(), 1, "a job that runs on is not waited for");
    assert.equal(await client().stopWithSavepoint("a"), "file:/s-1");
    assert.equal(looks(), 4);
    answers["GET /jobs/a"] = [inState("RUNNING")];
    const endless = client().stopWithSavepoint("a", { timeoutMs: 300 });
    await assert.rejects(endless, isFatal("FLINK", /left a savepoint, file:\/s-1, and does not end/));
  });

  it("asks for one savepoint, however often the request has to be sent", async () => {
    const job = { jid: "a", name: "a", state: "RUNNING", "start-time": 1, vertices: [] };
    flink.answer("GET /jobs/a", job, { ...job, state: "FINISHED" });
    const body = { status: { id: "COMPLETED" }, operation: { location: "file:/s-1" } };
    flink.answer("GET /jobs/a/savepoints/r", body);
    answers["POST /jobs/a/stop"] = ["lost", { status: 202, body: { "request-id": "r" } }];
    assert.equal(await client().stopWithSavepoint("a"), "file:/s-1");
    const triggers = z.array(z.object({ triggerId: z.string().regex(/^[0-9a-f]{32}$/) })).parse(flink.bodies);
    assert.equal(triggers.length, 2);
    assert.equal(triggers[0]?.triggerId, triggers[1]?.triggerId);
  });

  it("tells why there is no savepoint", async () => {
    const job = { jid: "a", name: "a", state: "FINISHED", "start-time": 1, vertices: [] };
    answers["GET /jobs/a"] = [{ status: 200, body: job }];
    await assert.rejects(client().stopWithSavepoint("a"), isFatal("FLINK", /^Job a has ended \(FINISHED\)/));
    await assert.rejects(client().stopWithSavepoint("b"), isFatal("FLINK", /knows no job b\.$/));
    answers["GET /jobs/a"] = [{ status: 200, body: { ...job, state: "RUNNING" } }];
    answers["POST /jobs/a/stop"] = [{ status: 202, body: { "request-id": "r" } }];
    const failure = { "failure-cause": { "stack-trace": `${TRACE}\nCaused by: java.io.IOException: No space left` } };
    answers["GET /jobs/a/savepoints/r"] = [
      { status: 200, body: { status: { id: "IN_PROGRESS" }, operation: null } },
      { status: 200, body: { status: { id: "COMPLETED" }, operation: failure } },
    ];
    await assert.rejects(client().stopWithSavepoint("a"), isFatal("FLINK", /^No savepoint of job a .*: No space left/));
    answers["GET /jobs/a/savepoints/r"] = [{ status: 200, body: { status: { id: "IN_PROGRESS" }, operation: null } }];
    await assert.rejects(client().stopWithSavepoint("a", { timeoutMs: 300 }), isFatal("FLINK", /not complete after/));
  });
});
