import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { keyName, privateKeyOf, publicKeyOf, seal, SealError, unseal } from "../../../src/chat/privacy/seal";

const CONTENT = randomBytes(100_000);

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: key.type === "public" ? "spki" : "pkcs8", format: "pem" }).toString();
}

function pairOf({ publicKey, privateKey }: Pair) {
  const pem = pemOf(privateKey);
  return { own: publicKeyOf(pemOf(publicKey)), secret: privateKeyOf(pem), pem };
}

describe("A sealed letter", () => {
  const x25519 = pairOf(generateKeyPairSync("x25519"));
  const rsa = pairOf(generateKeyPairSync("rsa", { modulusLength: 2_048 }));

  for (const [name, pair] of Object.entries({ x25519, rsa })) {
    it(`comes back whole by the private key, and by nothing else: ${name}`, () => {
      const sealed = seal(CONTENT, "id 1", pair.own);
      assert(!sealed.includes(CONTENT.subarray(0, 16)));
      assert.deepEqual(unseal(sealed, "id 1", pair.secret), CONTENT);
      assert.equal(keyName(pair.own), keyName(pair.secret));
      const other = pairOf(generateKeyPairSync("x25519")).secret;
      assert.throws(() => unseal(sealed, "id 1", other), SealError);
      assert.throws(() => unseal(sealed, "id 2", pair.secret), /another key, or is damaged/);
      for (const at of [0, 4, 5, 7, 20, sealed.length - 1]) {
        const broken = Buffer.from(sealed);
        broken[at]! ^= 1;
        assert.throws(() => unseal(broken, "id 1", pair.secret), SealError, `byte ${at}`);
      }
      assert.throws(() => unseal(sealed.subarray(0, 20), "id 1", pair.secret), SealError);
      assert.throws(() => unseal(Buffer.alloc(0), "id 1", pair.secret), /is damaged/);
    });
  }

  it("of the same content is another one each time", () => {
    assert.notDeepEqual(seal(CONTENT, "id", x25519.own), seal(CONTENT, "id", x25519.own));
  });

  it("names its form's version where that is another", () => {
    const sealed = seal(CONTENT, "id", x25519.own);
    sealed[4] = 2;
    assert.throws(() => unseal(sealed, "id", x25519.secret), /another version.*form 2/);
  });

  it("takes no key but those that can seal, and no private one", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    assert.throws(() => publicKeyOf(pemOf(publicKey)), /2048 bits/);
    assert.throws(() => publicKeyOf(pemOf(generateKeyPairSync("ed25519").publicKey)), /X25519/);
    assert.throws(() => publicKeyOf(x25519.pem), /is a private key/);
    assert.throws(() => publicKeyOf("hello"), /no such key in PEM/);
    assert.throws(() => privateKeyOf("hello"), /no such key in PEM/);
  });
});
