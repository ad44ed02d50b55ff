import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from "@zip.js/zip.js";
import { type JobJar, writeJobJar } from "../../../../src/beam/flink/job-jar";
import { WORKER_ENVIRONMENT } from "../../../../src/beam/flink/process-environment";
import { impulse, Pipeline, type PipelineProto, Root, runnerApi } from "../../../../src/beam/sdk";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const WORKER = new TextEncoder().encode("process.exit(0);".repeat(1_000));

describe("A jar for Flink clusters", () => {
  let directory = "";
  let proto: PipelineProto;
  const file = (name: string): string => path.join(directory, name);

  before(async () => {
    directory = makeFolder("job-jar");
    const runner = new ZipWriter(new Uint8ArrayWriter());
    await runner.add("META-INF/MANIFEST.MF", new TextReader("Main-Class: Runner\n"));
    await runner.add("Runner.class", new TextReader("bytes"));
    writeFileSync(file("runner.jar"), await runner.close());
    writeFileSync(file("program"), "#!/bin/sh\n");
    const pipeline = new Pipeline();
    new Root(pipeline).apply(impulse());
    proto = pipeline.getProto();
  });
  after(() => removeFolder(directory));

  const jar = (more: Partial<JobJar> = {}): JobJar => ({
    runnerJar: file("runner.jar"),
    worker: {
      command: ["{folder}/bin/program", "{folder}/worker.js"],
      hosts: ["Linux amd64"],
      files: [
        { name: "worker.js", content: WORKER },
        { name: "bin/program", content: { file: file("program") }, executable: true },
      ],
    },
    pipeline: {
      jobName: "a-job",
      pipeline: proto,
      pipelineOptions: { streaming: true, maxBundleSize: 7 },
      workerEnvironment: { LEVEL: "warn" },
    },
    ...more,
  });

  async function timesOf(name: string): Promise<readonly number[]> {
    const reader = new ZipReader(new Uint8ArrayReader(readFileSync(file(name))));
    return (await reader.getEntries()).slice(2).map(({ lastModDate }) => lastModDate.getFullYear());
  }

  async function entriesOf(name: string): Promise<Map<string, Buffer>> {
    const reader = new ZipReader(new Uint8ArrayReader(readFileSync(file(name))));
    const entries = new Map<string, Buffer>();
    for (const entry of await reader.getEntries()) {
      if (!entry.directory) entries.set(entry.filename, Buffer.from(await entry.getData(new Uint8ArrayWriter())));
    }
    return entries;
  }

  it("holds the runner, the pipeline, and the worker with a manifest of its files", async () => {
    await writeJobJar(jar({ resources: { "more/notes.txt": new TextEncoder().encode("notes") } }), file("whole.jar"));
    const entries = await entriesOf("whole.jar");
    assert.deepEqual(
      [...entries.keys()],
      [
        ...["META-INF/MANIFEST.MF", "Runner.class"],
        ...["BEAM-PIPELINE/a-job/pipeline-options.json", "BEAM-PIPELINE/a-job/pipeline.json"],
        ...["BEAM-PIPELINE/pipeline-manifest.json", "more/notes.txt"],
        ...["worker/bin/program", "worker/manifest.json", "worker/worker.js"],
      ],
    );
    const json = (name: string): unknown => JSON.parse(entries.get(name)?.toString() ?? "");
    const sha256 = (name: string): string => createHash("sha256").update(entries.get(name)!).digest("hex");
    assert.equal(entries.get("Runner.class")?.toString(), "bytes");
    assert.deepEqual(entries.get("worker/worker.js"), Buffer.from(WORKER));
    assert.deepEqual(json("BEAM-PIPELINE/pipeline-manifest.json"), { defaultJobName: "a-job" });
    assert.deepEqual(json("BEAM-PIPELINE/a-job/pipeline-options.json"), {
      "beam:option:streaming:v1": true,
      "beam:option:max_bundle_size:v1": 7,
      "beam:option:job_name:v1": "a-job",
    });
    assert.deepEqual(json("worker/manifest.json"), {
      version: 1,
      hosts: ["Linux amd64"],
      command: ["{folder}/bin/program", "{folder}/worker.js"],
      files: [
        { name: "worker.js", sha256: sha256("worker/worker.js"), executable: false },
        { name: "bin/program", sha256: sha256("worker/bin/program"), executable: true },
      ],
    });
    const pipeline = runnerApi.Pipeline.fromJsonString(entries.get("BEAM-PIPELINE/a-job/pipeline.json")!.toString());
    assert.deepEqual(pipeline.components?.transforms, proto.components?.transforms);
    const environments = Object.values(pipeline.components?.environments ?? {});
    assert.ok(environments.length > 0);
    for (const { urn, payload } of environments) {
      assert.equal(urn, "beam:env:process:v1");
      const { command, env } = runnerApi.ProcessPayload.fromBinary(payload);
      assert.deepEqual(
        { command, env },
        { command: "classpath:worker", env: { ...WORKER_ENVIRONMENT, LEVEL: "warn" } },
      );
    }
  });

  it("is the same, byte for byte, of the same input, and another of another", async () => {
    await writeJobJar(jar(), file("one.jar"));
    await writeJobJar(jar(), file("two.jar"));
    assert.ok(readFileSync(file("one.jar")).equals(readFileSync(file("two.jar"))));
    // Two jars of one second would be the same even with the time of day in them, so the year is checked.
    assert.deepEqual([...new Set(await timesOf("one.jar"))], [1980]);
    const { pipeline, ...without } = jar();
    assert.ok(pipeline !== undefined);
    await writeJobJar(without, file("two.jar"));
    assert.ok(!readFileSync(file("one.jar")).equals(readFileSync(file("two.jar"))));
  });

  it("is not there when it could not be written whole", async () => {
    const worker = { command: [], files: [{ name: "x", content: { file: file("missing") } }] };
    await assert.rejects(writeJobJar(jar({ worker }), file("broken.jar")), /ENOENT/);
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.startsWith("broken")),
      [],
    );
  });
});
