import { BeamError } from "../../../src/beam/error";
import type { FatalCode } from "../../../src/chat/errors";

/** Matches a `JobError` of this code whose sentence fits, for `assert.rejects` and `assert.throws`. */
export function isFatal(code: FatalCode, sentence: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof BeamError && error.code === code && sentence.test(error.message);
}
