import assert from "node:assert/strict";
import { defaultWorkers } from "../../../src/beam/target";
import { FlinkRest } from "../../../src/beam/flink/flink-rest";
import { FakeFlink } from "../../support/flink/fake-flink";

describe("workers of a TaskManager, unless it is said how many,", () => {
  it("are one for each of its processors, and two at most", () => {
    assert.deepEqual([0.5, 1, 2, 3, 64].map(defaultWorkers), [1, 1, 2, 2, 2]);
  });

  describe("on a cluster", () => {
    let flink: FakeFlink;
    beforeEach(async () => {
      flink = await FakeFlink.start();
    });
    afterEach(() => flink.stop());

    const fewest = async (...cores: readonly number[]): Promise<number> => {
      const taskmanagers = cores.map((cpuCores) => ({ id: "t", hardware: { cpuCores, managedMemory: 1 } }));
      flink.answers["GET /taskmanagers"] = [{ status: 200, body: { taskmanagers } }];
      return new FlinkRest(flink.url).fewestProcessors();
    };

    it("are as many as suit its smallest TaskManager", async () => {
      assert.equal(await fewest(4), 4);
      assert.equal(await fewest(8, 1, 2), 1);
    });

    it("are one where no TaskManager runs that could say how many it has", async () => {
      assert.equal(await fewest(), 1);
    });
  });
});
