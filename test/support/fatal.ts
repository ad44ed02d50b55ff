import { type FatalCode, JobError } from "../../src/errors";

/** For `assert.rejects` and `assert.throws`: a `JobError` of this code whose sentence matches. */
export function isFatal(code: FatalCode, sentence: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof JobError && error.code === code && sentence.test(error.message);
}
