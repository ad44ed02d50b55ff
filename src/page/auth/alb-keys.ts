/**
 * The public keys of Application Load Balancers: PEM, each at an address that ends with its id. See "User claims encoding
 * and signature verification" in the Elastic Load Balancing documentation.
 */
import { Throttle } from "./throttle";

/** The key cannot be had now, so nobody can say whether a token is right. */
export class KeysAway extends Error {}
/** There is no key of this id. */
export class UnknownKey extends Error {}

/** The form of the ids; anything else could lead the request to another address. */
const KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIMEOUT_MS = 5_000;
/** A key that AWS withdraws is used no longer than this. */
const KEPT_MS = 60 * 60_000;
/** A load balancer signs with one key, and with another after a while. */
const MAX_KEPT = 10;
/** Whoever sends made-up ids makes this server ask AWS no more often than this. */
const ASKING = { maxTries: 20, refillMs: 3_000, maxKeys: 1 } as const;

interface Kept<Key> {
  readonly key: Promise<Key>;
  readonly untilMs: number;
}

export class AlbKeyRing<Key> {
  private readonly kept = new Map<string, Kept<Key>>();
  private readonly asking = new Throttle(ASKING);

  constructor(
    private readonly url: string,
    /** Reads a key in PEM. */
    private readonly read: (pem: string) => Promise<Key>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Resolves with the key of this id. Rejects with `UnknownKey` or `KeysAway`. */
  async key(id: unknown): Promise<Key> {
    if (typeof id !== "string" || !KEY_ID.test(id)) throw new UnknownKey();
    const found = this.kept.get(id);
    if (found !== undefined && found.untilMs > this.now()) return found.key;
    if (this.asking.take("", this.now()) > 0) throw new KeysAway("too many keys were asked for");
    const key = this.ask(id);
    this.kept.delete(id);
    this.kept.set(id, { key, untilMs: this.now() + KEPT_MS });
    key.catch(() => this.kept.delete(id));
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return key;
  }

  private async ask(id: string): Promise<Key> {
    try {
      const answer = await fetch(`${this.url}/${id}`, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
      // S3, which holds the keys, says 403 of what is not there.
      if (answer.status === 403 || answer.status === 404) throw new UnknownKey();
      if (!answer.ok) throw new KeysAway(`status ${answer.status}`);
      return await this.read(await answer.text());
    } catch (error) {
      if (error instanceof UnknownKey || error instanceof KeysAway) throw error;
      throw new KeysAway("no key was answered", { cause: error });
    }
  }
}
