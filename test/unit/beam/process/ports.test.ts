import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { readyIn } from "../../../../src/beam/process/child";
import { freePort } from "../../../../src/beam/process/ports";

describe("ports of embedded services", () => {
  it("stay the same while they are free, and change when someone has taken them", async () => {
    const port = await freePort();
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

  it("are none that systems give outgoing connections", async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    assert.deepEqual(
      ports.filter((port) => port < 1_024 || port >= 32_768),
      [],
    );
  });

  it("are read from a ready line only", () => {
    const [port, webPort] = [4_567, 8_081];
    assert.deepEqual(readyIn('{"ready":true,"port":4567,"note":"x"}'), { port, webPort: undefined });
    assert.deepEqual(readyIn('{"ready":true,"port":4567,"webPort":8081}'), { port, webPort });
    const behind = 'started\n[WARN ] half a line {"x":1} {"ready":true,"port":4567}\nmore';
    assert.deepEqual(readyIn(behind), { port, webPort: undefined }, "a logger has not finished its line");
    for (const other of ["listening on 4567", "{", '{"ready":false,"port":1}', '{"ready":true,"port":0}']) {
      assert.equal(readyIn(other), undefined, other);
    }
  });
});
