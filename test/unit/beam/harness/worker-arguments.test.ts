import assert from "node:assert/strict";
import { workerArguments } from "../../../../src/beam/harness/worker";

describe("the worker's arguments", () => {
  it("are read in both forms", () => {
    const expected = { id: "1-1", token: undefined, provisionEndpoint: "localhost:5" };
    assert.deepEqual(workerArguments(["--id=1-1", "--provision_endpoint=localhost:5"], {}), expected);
    assert.deepEqual(workerArguments(["--id", "1-1", "--provision_endpoint", "localhost:5"], {}), expected);
    assert.throws(() => workerArguments(["--id", "1-1"], {}), /without --provision_endpoint/);
  });

  it("may come in quotes, as Prism gives them", () => {
    const expected = { id: "1-1", token: undefined, provisionEndpoint: "localhost:5" };
    assert.deepEqual(workerArguments(["--id='1-1'", "--provision_endpoint='localhost:5'"], {}), expected);
    assert.deepEqual(workerArguments(["--id", '"1-1"', "--provision_endpoint", "localhost:5"], {}), expected);
    assert.throws(() => workerArguments(["--id=''", "--provision_endpoint=x"], {}), /without --id/);
  });

  it("have the token of the environment, which then has it no more", () => {
    const environment = { BEAM_WORKER_TOKEN: "t", PATH: "p" };
    const { token } = workerArguments(["--id=1-1", "--provision_endpoint=localhost:5"], environment);
    assert.equal(token, "t");
    assert.deepEqual(environment, { PATH: "p" });
  });
});
