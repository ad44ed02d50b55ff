import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { BeamError } from "../../../../src/beam/error";
import { withLastWords } from "../../../../src/beam/host/last-words";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const LOST = new BeamError("PIPELINE", "A worker process was lost.");
const ENDED = new BeamError("WORKER", "A worker ended at its start with exit code 1.");
const THROWN = `saw one
/data/worker.cjs:1
throw new TypeError("no licence");
^

TypeError: no licence
    at Object.<anonymous> (/src/licence.ts:3:7)

Node.js v20.20.2
`;

describe("the last words of workers", () => {
  let folder: string;
  let log: string;

  beforeEach(async () => {
    folder = makeFolder("last-words");
    log = path.join(folder, "workers.log");
  });
  afterEach(() => removeFolder(folder));

  async function told(error: Error, text?: string): Promise<string> {
    if (text !== undefined) await writeFile(log, text);
    const failure = await withLastWords(Promise.reject(error), log).then(assert.fail, (one: unknown) => one);
    assert(failure instanceof Error);
    assert.equal((failure as BeamError).code, (error as BeamError).code);
    return failure.message;
  }

  it("are told of a worker that was lost, and of one that could not start", async () => {
    const words = "; the last error of its workers: TypeError: no licence";
    assert.equal(await told(LOST, THROWN), `A worker process was lost${words}`);
    assert.equal(await told(ENDED, THROWN), `A worker ended at its start with exit code 1${words}`);
  });

  it("are those of its own program, too", async () => {
    const own = 'The stage "worker" failed with Error: no licence (at licence.ts:3:7).\n    at licence.ts:3:7\n';
    assert.match(await told(ENDED, own), /of its workers: The stage "worker" failed with Error: no licence/);
    assert.match(await told(ENDED, "[BAD_OPTION] No endpoint.\n"), /of its workers: \[BAD_OPTION\] No endpoint\.$/);
  });

  it("need be no error where a worker could not start", async () => {
    const text = "saw one\nexec: /usr/bin/node: not found\n";
    assert.match(await told(ENDED, text), /of its workers: exec: \/usr\/bin\/node: not found$/);
    assert.equal(await told(LOST, text), LOST.message);
  });

  it("are left out where there are none, and where a failure says all itself", async () => {
    assert.equal(await told(ENDED), ENDED.message);
    const stage = new BeamError("PIPELINE", 'The stage "look" failed.', { cause: new Error("two") });
    assert.equal(await told(stage, THROWN), stage.message);
    const other = new BeamError("FLINK", "No slots.");
    assert.equal(await told(other, THROWN), other.message);
  });

  it("change nothing of what succeeds", async () => {
    assert.equal(await withLastWords(Promise.resolve(7), log), 7);
  });
});
