/**
 * Users with passwords (RFC 7617).
 *
 * 1. A password is checked against its slow hash one at a time, and what was right is remembered by a keyed hash until
 *    it was not used for some minutes, since browsers send it with each request (`known`).
 * 2. A name without a user takes as long as one with a wrong password, and is refused in the same words.
 * 3. Tries are counted by address and by name, before a password is looked at; an address that has none left takes none
 *    of a name. Who is remembered is not slowed down by others' tries.
 * 4. A user whose line is gone from the file, or has changed, is remembered no more.
 */
import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FreshFiles } from "./fresh-file";
import { hashOfNobody, isPasswordOf, isSameHash, type PasswordHash } from "./passwords";
import type { Authenticator, SignIn } from "./sign-in";
import { Throttle } from "./throttle";
import type { Users } from "./users-file";

/** A person mistypes some times; who guesses gets some 3,000 tries a day from one address. */
const BY_ADDRESS = { maxTries: 10, refillMs: 30_000, maxKeys: 10_000 } as const;
/** NIST SP 800-63B allows at most 100 failures in a row of one account; from many addresses, these are the first. */
const BY_NAME = { maxTries: 50, refillMs: 60_000, maxKeys: 10_000 } as const;
/** Each takes some 150 ms. */
const MAX_WAITING = 20;
const REMEMBERED_MS = 10 * 60_000;
const MAX_REMEMBERED = 1_000;
/** Longer than any name and password that a person types. */
const MAX_HEADER_LENGTH = 2_048;

const CHALLENGE = { "www-authenticate": 'Basic realm="Chat sessions", charset="UTF-8"' };

const NO_CREDENTIALS: SignIn = {
  ...{ kind: "refused", status: 401, reason: "no password" },
  message: "Sign in with your name and password: reload this page to be asked for them.",
  headers: CHALLENGE,
};
const WRONG: SignIn = {
  ...{ kind: "refused", status: 401, reason: "wrong password" },
  message: "There is no such user with this password: reload this page to try again.",
  headers: CHALLENGE,
};
const BUSY: SignIn = {
  ...{ kind: "refused", status: 503, reason: "too many passwords at once" },
  message: "Too many people sign in at once: try again in a few seconds.",
  headers: { "retry-after": "5" },
};

interface Known {
  readonly hash: PasswordHash;
  readonly untilMs: number;
}

export class BasicSignIn implements Authenticator {
  private readonly secret = randomBytes(32);
  private readonly known = new Map<string, Known>();
  /** Checks under way, so that the requests of one page share theirs. */
  private readonly checks = new Map<string, Promise<SignIn>>();
  private readonly byAddress = new Throttle(BY_ADDRESS);
  private readonly byName = new Throttle(BY_NAME);
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly users: Pick<FreshFiles<Users>, "value">,
    private readonly now: () => number = Date.now,
    private readonly compare = isPasswordOf,
  ) {}

  async identify({ headers, socket }: Pick<IncomingMessage, "headers" | "socket">): Promise<SignIn> {
    const given = credentialsOf(headers.authorization);
    if (given === undefined) return NO_CREDENTIALS;
    const mark = createHmac("sha256", this.secret).update(`${given.name}\0${given.password}`).digest("base64");
    if (this.isKnown(mark, given.name)) return { kind: "reader", reader: { user: given.name } };
    const running = this.checks.get(mark);
    if (running !== undefined) return running;
    if (this.checks.size >= MAX_WAITING) return BUSY;
    const check = this.check(given, mark, networkOf(socket.remoteAddress)).finally(() => this.checks.delete(mark));
    this.checks.set(mark, check);
    return check;
  }

  private isKnown(mark: string, name: string): boolean {
    const found = this.known.get(mark);
    const hash = this.users.value().get(name);
    if (found === undefined || hash === undefined) return false;
    if (found.untilMs <= this.now() || !isSameHash(found.hash, hash)) return false;
    this.remember(mark, hash);
    return true;
  }

  private async check({ name, password }: Credentials, mark: string, network: string): Promise<SignIn> {
    const waitMs = this.byAddress.take(network, this.now()) || this.byName.take(name, this.now());
    if (waitMs > 0) return tooMany(waitMs);
    const users = this.users.value();
    const hash = users.get(name);
    const [first] = users.values();
    const isRight = this.inTurn(() => this.compare(password, hash ?? hashOfNobody(first)));
    if (!(await isRight) || hash === undefined) return WRONG;
    this.byAddress.giveBack(network);
    this.byName.giveBack(name);
    this.remember(mark, hash);
    return { kind: "reader", reader: { user: name } };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work, work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private remember(mark: string, hash: PasswordHash): void {
    this.known.delete(mark);
    this.known.set(mark, { hash, untilMs: this.now() + REMEMBERED_MS });
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_REMEMBERED && oldest !== undefined) this.known.delete(oldest);
  }
}

function tooMany(waitMs: number): SignIn {
  const seconds = Math.ceil(waitMs / 1_000);
  return {
    ...{ kind: "refused", status: 429, reason: "too many tries" },
    message: `There were too many wrong passwords: try again in ${seconds} seconds.`,
    headers: { "retry-after": String(seconds) },
  };
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

function credentialsOf(header: string | undefined): Credentials | undefined {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return undefined;
  const [, encoded] = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 1 ? undefined : { name: text.slice(0, colon).normalize("NFC"), password: text.slice(colon + 1) };
}

/** The address; of IPv6 the network, of which one machine may have all addresses. */
function networkOf(address = ""): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}
