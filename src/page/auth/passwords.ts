/**
 * Passwords as users' files hold them: scrypt with a salt each, in the form of the Password Hashing Competition, which
 * keeps the parameters beside the hash (github.com/P-H-C/phc-string-format).
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

export interface PasswordHash {
  /** Log2 of scrypt's cost. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/**
 * 32 MB and some 150 ms of a processor for each try: one of OWASP's choices for scrypt (Password Storage Cheat Sheet).
 */
const COSTS = { ln: 15, r: 8, p: 3 } as const;
/** Costs below are too cheap for whoever steals the file, costs above too dear for this server (256 MB). */
const LEAST_LN = 14;
const MAX_LN = 18;
const MAX_P = 16;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const FORM = /^\$scrypt\$ln=(\d{1,2}),r=8,p=(\d{1,2})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43})$/;

/** Resolves with the hash in its written form. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derived(password, { ...COSTS, salt });
  return `$scrypt$ln=${COSTS.ln},r=${COSTS.r},p=${COSTS.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Undefined for what is no hash of this form, or has costs that are too low or too high. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, lnText = "", pText = "", salt = "", hash = ""] = FORM.exec(text) ?? [];
  const [ln, p] = [Number(lnText), Number(pText)];
  if (ln < LEAST_LN || ln > MAX_LN || p < 1 || p > MAX_P) return undefined;
  return { ln, r: 8, p, salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}

/**
 * A hash that no password has, at the costs of this one, so that a name without a user takes as long as one with a
 * wrong password.
 */
export function hashOfNobody({ ln, r, p }: Pick<PasswordHash, "ln" | "r" | "p"> = COSTS): PasswordHash {
  return { ln, r, p, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };
}

/** True for the same hash, as it is in a file that was read again. */
export function isSameHash(one: PasswordHash, other: PasswordHash): boolean {
  const isSameCost = one.ln === other.ln && one.r === other.r && one.p === other.p;
  return isSameCost && one.salt.equals(other.salt) && one.hash.equals(other.hash);
}

export async function isPasswordOf(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derived(password, hash), hash.hash);
}

function derived(password: string, { ln, r, p, salt }: Omit<PasswordHash, "hash">): Promise<Buffer> {
  // Node's own limit is 32 MiB, which these costs touch.
  const options = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r };
  return new Promise((resolve, reject) => {
    // Keyboards write an accented letter as one character or as two.
    scrypt(password.normalize("NFC"), salt, HASH_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
