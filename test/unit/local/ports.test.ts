import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { parseReadyLine } from "../../../src/local/child";
import { freePort } from "../../../src/local/ports";

describe("ports of embedded services", () => {
  it("stay the same while they are free, and change when someone has taken them", async () => {
    const port = await freePort(undefined);
    assert.equal(await freePort(port), port);
    const taker = createServer();
    await new Promise<void>((resolve) => taker.listen(port, "127.0.0.1", resolve));
    try {
      assert.equal((taker.address() as AddressInfo).port, port);
      assert.notEqual(await freePort(port), port);
    } finally {
      taker.close();
    }
  });

  it("are read from a ready line only", () => {
    assert.equal(parseReadyLine('{"ready":true,"port":4567,"note":"x"}'), 4_567);
    for (const other of ["listening on 4567", "{", '{"ready":false,"port":1}', '{"ready":true,"port":0}']) {
      assert.equal(parseReadyLine(other), undefined, other);
    }
  });
});
