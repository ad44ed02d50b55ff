/** Who signs in with a password, and who is slowed down. */
import assert from "node:assert/strict";
import { randomBytes, scryptSync } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BasicSignIn } from "../../../../src/page/auth/basic";
import { hashPassword, isPasswordOf, type PasswordHash } from "../../../../src/page/auth/passwords";
import type { SignIn } from "../../../../src/page/auth/sign-in";
import { parseUsers, type Users } from "../../../../src/page/auth/users-file";

const PASSWORD = "correct horse battery";
const WRONG = "wrong horse battery";

function statusOf(signIn: SignIn): number {
  return signIn.kind === "reader" ? 200 : signIn.status;
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** A hash at the lowest cost that a file may have. */
function cheapHash(password: string): string {
  const unpadded = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 });
  return `$scrypt$ln=14,r=8,p=1$${unpadded(salt)}$${unpadded(hash)}`;
}

describe("a password", function () {
  this.timeout(30_000);
  let users: Users;
  let nowMs = 0;
  /** Hashes that passwords were compared with. */
  const compared: PasswordHash[] = [];

  before(async () => {
    const lines = [`ada:${cheapHash(PASSWORD)}`, `zoë:${cheapHash("crème:brûlée:drei")}`];
    users = parseUsers(lines.join("\n"), "users");
  });

  function signIn(): (authorization: string | undefined, address?: string) => Promise<SignIn> {
    compared.length = 0;
    const compare = (password: string, hash: PasswordHash): Promise<boolean> => {
      compared.push(hash);
      return isPasswordOf(password, hash);
    };
    const own = new BasicSignIn({ value: () => users }, () => nowMs, compare);
    return (authorization, remoteAddress = "192.0.2.1") =>
      own.identify({ headers: { authorization }, socket: { remoteAddress } } as unknown as IncomingMessage);
  }

  it("that is right lets its user in, whatever characters it has and however they are composed", async () => {
    const ask = signIn();
    assert.deepEqual(await ask(basic("ada", PASSWORD)), { kind: "reader", reader: { user: "ada" } });
    for (const form of ["NFC", "NFD"] as const) {
      const given = basic("zoë".normalize(form), "crème:brûlée:drei".normalize(form));
      assert.equal(statusOf(await ask(given)), 200, form);
    }
  });

  it("that is wrong or missing is refused with the same challenge, whether or not there is such a user", async () => {
    const ask = signIn();
    const [known, unknown] = [await ask(basic("ada", WRONG)), await ask(basic("bob", PASSWORD))];
    assert.deepEqual(known, unknown);
    for (const given of [
      undefined,
      "",
      "Basic",
      "Basic !",
      `Bearer ${PASSWORD}`,
      basic("", PASSWORD),
      `${"x".repeat(3_000)}`,
    ]) {
      const refusal = await ask(given);
      assert.ok(refusal.kind === "refused" && refusal.status === 401, given);
      assert.match(refusal.headers!["www-authenticate"]!, /^Basic realm="[^"]*", charset="UTF-8"$/);
    }
    assert.equal(statusOf(await ask(basic("ada", `${PASSWORD} `))), 401);
    assert.equal(statusOf(await ask(basic("Ada", PASSWORD))), 401);
  });

  it("is compared at the same cost for a name without a user", async () => {
    const before = users;
    for (const hash of [await hashPassword(PASSWORD), cheapHash(PASSWORD)]) {
      users = parseUsers(`ada:${hash}`, "users");
      const ask = signIn();
      for (const name of ["ada", "bob"]) await ask(basic(name, WRONG));
      const [known, unknown] = compared.map(({ ln, r, p, salt, hash }) => [ln, r, p, salt.length, hash.length]);
      assert.deepEqual(known, unknown);
    }
    users = before;
  });

  it("may be wrong some times from one address, and then not even the right one is looked at for a while", async () => {
    const ask = signIn();
    for (let number = 0; number < 10; number++)
      assert.equal(statusOf(await ask(basic("ada", `${WRONG}${number}`))), 401);
    const refusal = await ask(basic("ada", PASSWORD));
    assert.ok(refusal.kind === "refused" && refusal.status === 429);
    assert.equal(refusal.headers!["retry-after"], "30");
    assert.equal(statusOf(await ask(basic("ada", PASSWORD), "192.0.2.2")), 200, "from elsewhere");
    assert.equal(statusOf(await ask(basic("ada", PASSWORD))), 200, "who is remembered is not slowed down");
    assert.equal(statusOf(await ask(basic("zoë", WRONG))), 429);
    nowMs += 30_000;
    assert.equal(statusOf(await ask(basic("zoë", WRONG))), 401);
    assert.equal(statusOf(await ask(basic("zoë", WRONG))), 429);
  });

  it("takes no try of its name from an address that has none left", async () => {
    const ask = signIn();
    for (let number = 0; number < 100; number++) await ask(basic("ada", `${WRONG}${number}`));
    assert.equal(compared.length, 10);
    assert.equal(statusOf(await ask(basic("ada", PASSWORD), "192.0.2.2")), 200);
  });

  it("is remembered while it is used, also when the file was read again", async () => {
    const ask = signIn();
    const [before, hash] = [users, cheapHash(PASSWORD)];
    for (let number = 0; number < 5; number++) {
      users = parseUsers(`ada:${hash}`, "users");
      assert.equal(statusOf(await ask(basic("ada", PASSWORD))), 200);
      nowMs += 6 * 60_000;
    }
    assert.equal(compared.length, 1);
    nowMs += 5 * 60_000;
    assert.equal(statusOf(await ask(basic("ada", PASSWORD))), 200);
    assert.equal(compared.length, 2);
    users = before;
  });

  it("that is right takes no try away", async () => {
    const ask = signIn();
    const before = users;
    for (let number = 0; number < 12; number++) {
      assert.equal(statusOf(await ask(basic("ada", PASSWORD))), 200);
      // Who has another hash is checked again.
      users = parseUsers(`ada:${cheapHash(PASSWORD)}`, "users");
    }
    assert.equal(compared.length, 12);
    users = before;
  });

  it("may be tried from a network of IPv6 as from one address", async () => {
    const ask = signIn();
    const statuses = new Set<number>();
    for (let number = 0; number < 11; number++) {
      statuses.add(statusOf(await ask(basic("ada", `${WRONG}${number}`), `2001:db8:0:7::${number}`)));
    }
    assert.deepEqual([...statuses], [401, 429]);
    assert.equal(statusOf(await ask(basic("ada", WRONG), "2001:db8:0:8::1")), 401);
    assert.equal(statusOf(await ask(basic("ada", WRONG), "::ffff:192.0.2.9")), 401);
  });

  it("that was right is checked once in a while alone, but again as soon as its user has another one", async () => {
    const ask = signIn();
    for (const count of [1, 1, 2]) {
      if (count === 2) nowMs += 11 * 60_000;
      assert.equal(statusOf(await ask(basic("ada", PASSWORD))), 200);
      assert.equal(compared.length, count);
    }
    const before = users;
    users = parseUsers(`ada:${cheapHash("another long password")}`, "users");
    assert.equal(statusOf(await ask(basic("ada", PASSWORD))), 401);
    users = new Map();
    assert.equal(statusOf(await ask(basic("ada", "another long password"))), 401, "who is gone");
    users = before;
  });

  it("is checked one at a time, and for so many people at once alone", async () => {
    const ask = signIn();
    const given = Array.from({ length: 25 }, (_, number) =>
      ask(basic("ada", `${WRONG}${number}`), `192.0.2.${number}`),
    );
    const statuses = (await Promise.all(given)).map(statusOf);
    assert.equal(statuses.filter((status) => status === 401).length, 20);
    assert.equal(statuses.filter((status) => status === 503).length, 5);
    const same = await Promise.all(Array.from({ length: 25 }, () => ask(basic("ada", PASSWORD))));
    assert.ok(
      same.every(({ kind }) => kind === "reader"),
      "requests of one page share their check",
    );
  });
});
