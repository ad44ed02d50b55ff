/**
 * The public keys of Application Load Balancers: PEM, each at an address that ends with its id. See "User claims
 * encoding and signature verification" in the Elastic Load Balancing documentation.
 */
import { Throttle } from "./throttle";

/** The key cannot be had now, so nobody can say whether a token is right. */
export class KeysAway extends Error {}
/** There is no key of this id. */
export class UnknownKey extends Error {}

/** The form of the ids; anything else could lead the request to another address. */
const KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIMEOUT_MS = 5_000;
/** A key that AWS withdraws is used no longer than this, while AWS can be asked. */
const FRESH_MS = 60 * 60_000;
/** While AWS cannot be asked, readers go on for a day. */
const KEPT_MS = 24 * 60 * 60_000;
/** A load balancer signs with one key, and with another after a while; keys of others in its region are found, too. */
const MAX_KEPT = 100;
/** Whoever sends made-up ids makes this server ask AWS no more often than this. */
const ASKING = { maxTries: 20, refillMs: 3_000, maxKeys: 1 } as const;
/** Renewals of known keys, each by itself: made-up ids cannot hold them up, and not each request waits for AWS. */
const RENEWING = { maxTries: 1, refillMs: 60_000, maxKeys: MAX_KEPT } as const;

interface Kept<Key> {
  readonly key: Key;
  readonly atMs: number;
}

export class AlbKeyRing<Key> {
  private readonly kept = new Map<string, Kept<Key>>();
  private readonly pending = new Map<string, Promise<Key>>();
  private readonly asking = new Throttle(ASKING);
  private readonly renewing = new Throttle(RENEWING);

  constructor(
    private readonly url: string,
    /** Reads a key in PEM. */
    private readonly read: (pem: string) => Promise<Key>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Resolves with the key of this id. Rejects with `UnknownKey` or `KeysAway`. */
  async key(id: unknown): Promise<Key> {
    if (typeof id !== "string" || !KEY_ID.test(id)) throw new UnknownKey();
    const known = this.kept.get(id);
    const ageMs = known === undefined ? Infinity : this.now() - known.atMs;
    if (known !== undefined && ageMs < FRESH_MS) return known.key;
    try {
      return await (this.pending.get(id) ?? this.begin(id, known !== undefined));
    } catch (error) {
      if (known !== undefined && error instanceof KeysAway && ageMs < KEPT_MS) return known.key;
      throw error;
    }
  }

  private begin(id: string, isKnown: boolean): Promise<Key> {
    const waitMs = isKnown ? this.renewing.take(id, this.now()) : this.asking.take("", this.now());
    if (waitMs > 0) throw new KeysAway("too many keys were asked for");
    const asked = this.ask(id)
      .then((key) => this.keep(id, key))
      .finally(() => this.pending.delete(id));
    this.pending.set(id, asked);
    return asked;
  }

  private keep(id: string, key: Key): Key {
    this.kept.delete(id);
    this.kept.set(id, { key, atMs: this.now() });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return key;
  }

  private async ask(id: string): Promise<Key> {
    try {
      const answer = await fetch(`${this.url}/${id}`, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
      // S3, which holds the keys, says 403 of what is not there.
      if (answer.status === 403 || answer.status === 404) {
        this.kept.delete(id);
        throw new UnknownKey();
      }
      if (!answer.ok) throw new KeysAway(`status ${answer.status}`);
      return await this.read(await answer.text());
    } catch (error) {
      if (error instanceof UnknownKey || error instanceof KeysAway) throw error;
      throw new KeysAway("no key was answered", { cause: error });
    }
  }
}
