/**
 * A source without end checkpoints itself for ever, and what Flink keeps of it must not grow: BundleCheckpointHandlers
 * of runners/flink-runtime sees to that, for detached elements, too. The tests with Beam's own class show that the others
 * can fail; when they fail themselves, the Beam in use has mended its class, and ours can go.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { detached } from "../../src/beam/authoring/detached";
import { asyncParDo, splittableParDo } from "../../src/beam/authoring/transforms";
import { P, type PCollection } from "../../src/beam/sdk";
import { RecordCalls } from "../conformance/fns/async";
import { CountingSource, offsetRangeCoder } from "../conformance/fns/counting-source";
import { anyCoder } from "../conformance/support/coders";
import type { Job } from "../conformance/support/job";
import { KEPT_STATE_LIMIT_MS, keptState } from "../support/flink/kept-state";

describe("What Flink keeps", function () {
  this.timeout(2 * KEPT_STATE_LIMIT_MS);
  let folder = "";

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "flink-state-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  /** One self-checkpoint for each element. */
  const ofSource = { checkpointEvery: 1, few: 50 } as const;
  for (const backend of ["hashmap", "rocksdb"] as const) {
    it(`of a source stays as large as it is over thousands of self-checkpoints, in ${backend}`, async () => {
      const { few, many } = await keptState({ folder, backend, isBeams: false, ...ofSource, many: 3_000 });
      assert.ok(many < few * 1.05, `${few} bytes at first, then ${many}`);
    });

    it(`of a source grows with Beam's own class over some hundreds, in ${backend}`, async () => {
      const { few, many } = await keptState({ folder, backend, isBeams: true, ...ofSource, many: 250 });
      assert.ok(many > few * 1.5, `${few} bytes at first, then ${many}`);
    });
  }

  const ofDetached = { backend: "hashmap", checkpointEvery: 20, through: detachedCalls, few: 100 } as const;

  it("of detached elements goes when they are done", async () => {
    const { few, many } = await keptState({ folder, isBeams: false, ...ofDetached, many: 3_100 });
    assert.ok(many < few * 1.3, `${few} bytes at first, then ${many}`);
  });

  it("of elements goes when the last of their restrictions is done", async () => {
    const { few, many } = await keptState({
      folder,
      isBeams: false,
      ...ofDetached,
      through: counted,
      looksAtFirst: 3,
      many: 9_000,
    });
    assert.ok(many < few * 1.3, `${few} bytes at first, then ${many}`);
  });

  it("of detached elements grows with Beam's own class", async () => {
    const { few, many } = await keptState({ folder, isBeams: true, ...ofDetached, many: 1_100 });
    assert.ok(many > few * 1.5, `${few} bytes at first, then ${many}`);
  });
});

function detachedCalls(texts: PCollection<string>, job: Job): PCollection<string> {
  const apart = P(texts).apply(detached(anyCoder<string>(), { maxElements: 20 }));
  const call = new RecordCalls<string>("calls", job.folder("calls"), { maxConcurrentCalls: 20, callMs: 1 });
  return P(apart).apply(asyncParDo("call", call, { main: anyCoder<string>() })).main;
}

/** Each text twice, from one restriction with a checkpoint in between. */
function counted(texts: PCollection<string>): PCollection<string> {
  const counts = texts.map((name: string) => ({ name, count: 2 }));
  const pace = { parts: 1, checkpointEvery: 1, delayMs: 0, seed: 1 };
  const options = { restriction: offsetRangeCoder, bounded: true, outputs: { main: anyCoder<string>() } };
  return P(counts).apply(splittableParDo("count", new CountingSource(pace), options)).main;
}
