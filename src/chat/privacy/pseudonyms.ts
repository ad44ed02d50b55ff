import { createHmac } from "node:crypto";

/** 72 bits tell a billion values apart, and 132 bits any number of users. */
const SHORT = 12;
const LONG = 22;
export const PSEUDONYM_PREFIX = "pseudonym-";
const ID = /^pseudonym-[\w-]{22}$/;

export function isPseudonym(id: string): boolean {
  return ID.test(id);
}

/** Pseudonyms of values under a key: the same for the same value, and of no use to whoever lacks the key. */
export class Pseudonyms {
  constructor(private readonly key: Uint8Array) {}

  /** The pseudonym of a value in a text, 12 characters of base64url. */
  ofValue(kind: string, value: string): string {
    return this.digest(kind, value).slice(0, SHORT);
  }

  /**
   * The pseudonym of a user, a session key or an id, also of one that looks like a pseudonym: anybody may choose it.
   */
  ofId(kind: "user" | "session" | "message", id: string): string {
    return `${PSEUDONYM_PREFIX}${this.digest(kind, id).slice(0, LONG)}`;
  }

  /** Tells two keys apart, and nothing about either. */
  get check(): string {
    return this.digest("check", "").slice(0, SHORT);
  }

  private digest(kind: string, value: string): string {
    return createHmac("sha256", this.key).update(`${kind}\0${value.toWellFormed()}`).digest("base64url");
  }
}
