/**
 * Seals the content of dead letters for whoever has the private key: workers hold the public one, so what they can read
 * of a letter ends with its writing.
 *
 * Form, version 1: "BCSL", version (1 byte), kind of key (1 byte), length of the wrapped secret (2 bytes, big endian),
 * the wrapped secret, nonce (12 bytes), AES-256-GCM of the content, tag (16 bytes). The wrapped secret is an ephemeral
 * X25519 key, from which HKDF-SHA-256 makes the AES key, or the AES key under RSA-OAEP with SHA-256. Everything before
 * the nonce, and the letter's id, are authenticated: content of one letter cannot be put into another.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";

const MAGIC = Buffer.from("BCSL");
const VERSION = 1;
const KINDS = { x25519: 1, rsa: 2 } as const;
const HEAD_BYTES = MAGIC.length + 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const INFO = "beam-chat-sessions dead letter";
/** A shorter key no longer counts as safe (NIST SP 800-57). */
const MIN_RSA_BITS = 2_048;
const CHECK_LENGTH = 12;

/** A key or a letter that cannot be used; the message follows its name. */
export class SealError extends Error {}

/** A public key in PEM. Throws `SealError` with words that follow the key's name for one that cannot seal. */
export function publicKeyOf(pem: string): KeyObject {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(pem)) {
    throw new SealError("is a private key: give the public one, since every worker reads it");
  }
  return usable(keyOf(pem, createPublicKey));
}

/** A private key in PEM, without a passphrase. Throws as `publicKeyOf` does. */
export function privateKeyOf(pem: string): KeyObject {
  return usable(keyOf(pem, createPrivateKey));
}

/** Names a key pair, by either half of it. */
export function keyName(key: KeyObject): string {
  const own = key.type === "private" ? createPublicKey(key) : key;
  return hash("sha256", own.export({ type: "spki", format: "der" }), "base64url").slice(0, CHECK_LENGTH);
}

export function seal(content: Uint8Array, letterId: string, key: KeyObject): Buffer {
  const { secret, wrapped } = wrap(key);
  const head = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(head);
  head[MAGIC.length] = VERSION;
  head[MAGIC.length + 1] = kindOf(key);
  head.writeUInt16BE(wrapped.length, MAGIC.length + 2);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", secret, nonce);
  cipher.setAAD(Buffer.concat([head, wrapped, Buffer.from(letterId)]));
  return Buffer.concat([head, wrapped, nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** Throws `SealError` with words that follow "the letter" for what this key, or this version, does not open. */
export function unseal(sealed: Uint8Array, letterId: string, key: KeyObject): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || bytes.length < HEAD_BYTES) throw new SealError("is damaged");
  const version = bytes[MAGIC.length]!;
  if (version !== VERSION) throw new SealError(`was sealed by another version of this program (form ${version})`);
  if (bytes[MAGIC.length + 1] !== kindOf(key)) throw new SealError("was sealed for a key of another kind");
  const wrappedEnd = HEAD_BYTES + bytes.readUInt16BE(MAGIC.length + 2);
  const contentFrom = wrappedEnd + NONCE_BYTES;
  const contentTo = bytes.length - TAG_BYTES;
  if (contentTo < contentFrom) throw new SealError("is damaged");
  try {
    const secret = unwrap(bytes.subarray(HEAD_BYTES, wrappedEnd), key);
    const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(wrappedEnd, contentFrom));
    decipher.setAAD(Buffer.concat([bytes.subarray(0, wrappedEnd), Buffer.from(letterId)]));
    decipher.setAuthTag(bytes.subarray(contentTo));
    return Buffer.concat([decipher.update(bytes.subarray(contentFrom, contentTo)), decipher.final()]);
  } catch {
    throw new SealError("was sealed for another key, or is damaged");
  }
}

function wrap(key: KeyObject): { readonly secret: Buffer; readonly wrapped: Buffer } {
  if (key.asymmetricKeyType === "rsa") {
    const secret = randomBytes(KEY_BYTES);
    return { secret, wrapped: publicEncrypt(oaep(key), secret) };
  }
  const ephemeral = generateKeyPairSync("x25519");
  const wrapped = ephemeral.publicKey.export({ type: "spki", format: "der" });
  return { secret: agreed(ephemeral.privateKey, key, wrapped), wrapped };
}

function unwrap(wrapped: Buffer, key: KeyObject): Buffer {
  if (key.asymmetricKeyType === "rsa") return privateDecrypt(oaep(key), wrapped);
  return agreed(key, createPublicKey({ key: wrapped, type: "spki", format: "der" }), wrapped);
}

function agreed(privateKey: KeyObject, publicKey: KeyObject, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", diffieHellman({ privateKey, publicKey }), salt, INFO, KEY_BYTES));
}

function oaep(key: KeyObject) {
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
}

function kindOf({ asymmetricKeyType }: KeyObject): number {
  return asymmetricKeyType === "rsa" ? KINDS.rsa : KINDS.x25519;
}

function keyOf(pem: string, create: (pem: string) => KeyObject): KeyObject {
  try {
    return create(pem);
  } catch {
    throw new SealError("is no such key in PEM form, or has a passphrase");
  }
}

function usable(key: KeyObject): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "x25519" || (type === "rsa" && (details?.modulusLength ?? 0) >= MIN_RSA_BITS)) return key;
  throw new SealError(`must be an X25519 key, or an RSA key of ${MIN_RSA_BITS} bits or more`);
}
