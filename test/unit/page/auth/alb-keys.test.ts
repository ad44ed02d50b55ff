/** Which keys of load balancers are kept, and for how long. */
import assert from "node:assert/strict";
import { AlbKeyRing, KeysAway, UnknownKey } from "../../../../src/page/auth/alb-keys";
import { KeyServer, signer } from "../../../support/page/token-issuer";

const HOUR_MS = 60 * 60_000;

describe("the keys of a load balancer", () => {
  const own = signer();
  let server: KeyServer;
  let nowMs = 0;
  let ring: AlbKeyRing<string>;

  beforeEach(async () => {
    server = await KeyServer.start([own]);
    ring = new AlbKeyRing(
      `${server.url}/keys`,
      async (pem) => pem,
      () => nowMs,
    );
  });
  afterEach(() => server.close());

  const madeUp = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 30 }, () => ring.key(signer().kid).catch((error: unknown) => error)));

  it("are kept, whatever made-up ids are asked for at once", async () => {
    const key = await ring.key(own.kid);
    await madeUp();
    assert.equal(await ring.key(own.kid), key);
    assert.equal(server.asked.filter((path) => path.endsWith(own.kid)).length, 1);
  });

  it("are renewed after an hour, also while made-up ids are asked for", async () => {
    await ring.key(own.kid);
    nowMs += HOUR_MS;
    await madeUp();
    await Promise.all([ring.key(own.kid), ring.key(own.kid)]);
    await ring.key(own.kid);
    assert.equal(server.asked.filter((path) => path.endsWith(own.kid)).length, 2);
  });

  it("are used for a day while they cannot be renewed, which is tried once a minute", async () => {
    const key = await ring.key(own.kid);
    server.status = 500;
    nowMs += 23 * HOUR_MS;
    for (let number = 0; number < 5; number++) assert.equal(await ring.key(own.kid), key);
    assert.equal(server.asked.length, 2);
    nowMs += HOUR_MS;
    await assert.rejects(ring.key(own.kid), KeysAway);
  });

  it("are used no more once they are withdrawn", async () => {
    await ring.key(own.kid);
    server.status = 403;
    nowMs += HOUR_MS;
    for (let number = 0; number < 2; number++) await assert.rejects(ring.key(own.kid), UnknownKey);
  });
});
