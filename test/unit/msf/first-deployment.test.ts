import assert from "node:assert/strict";
import { judgeMemory, judgeStart, judgeWorkers } from "../../../runners/msf/doctor/first-deployment";

describe("what only a deployment tells", () => {
  it("is that worker processes run and have credentials, when one has read", () => {
    assert.equal(judgeWorkers(0).cure, undefined);
    assert.match(judgeWorkers(undefined).cure ?? "", /cannot be executed.* java\.io\.tmpdir .* NO_CREDENTIALS/);
  });

  it("is how full a container is, with what is outside Java", () => {
    assert.deepEqual(judgeMemory(55.4), { found: "the fullest container is at 55 %", facts: { percent: 55 } });
    assert.match(judgeMemory(90).cure ?? "", /--parallelism/);
    assert.equal(judgeMemory(undefined).cure, undefined);
  });

  it("is how long a start took", () => {
    assert.deepEqual(judgeStart(83), { found: "the last one took 83 s", facts: { seconds: 83 } });
    assert.equal(judgeStart(undefined).facts, undefined);
  });
});
