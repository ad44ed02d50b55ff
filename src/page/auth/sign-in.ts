/** Whom a request is from. */
import type { IncomingMessage } from "node:http";

/** A person who was let in, as log lines name them. */
export interface Reader {
  readonly user: string;
  readonly email?: string;
}

export type SignIn =
  | { readonly kind: "reader"; readonly reader: Reader }
  | {
      readonly kind: "refused";
      /** 503 where the request itself may be right. */
      readonly status: 401 | 429 | 503;
      /** A word for the log. */
      readonly reason: string;
      /** A sentence for the person. */
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** Knows whom requests are from. It never rejects. */
export interface Authenticator {
  identify(request: IncomingMessage): Promise<SignIn>;
}

/** Longest name that is taken for one. */
const MAX_NAME_LENGTH = 256;

/** The name where it is one that a log line can hold: without control characters, and of a sensible length. */
export function nameOf(given: unknown): string | undefined {
  if (typeof given !== "string" || given.length > MAX_NAME_LENGTH) return undefined;
  return /^\P{C}+$/u.test(given) ? given : undefined;
}
