import { v5 as uuidV5 } from "uuid";

/** The project's own UUID namespace; changing it would give every document a new id. */
const NAMESPACE = "9c2b7a52-4b0e-5d43-8f6c-6d0a3f6b1e57";

/**
 * The UUIDv5 of these fields. JSON keeps them apart whatever they hold, and escapes lone surrogates, which UTF-8 cannot
 * carry.
 */
export function uuidOf(...fields: readonly (string | number)[]): string {
  return uuidV5(JSON.stringify(fields), NAMESPACE);
}
