/**
 * Describes a failure for the runner, which shows and logs exceptions, and for logs. It reveals only what `AuthorText`
 * allows.
 */
import { BeamError } from "../error";
import { type AuthorText, causesOf, stageError } from "../failure/stage-error";
import { framesOf } from "../failure/stack";

export interface FailureWords {
  /**
   * One line. It starts with "[CODE] " when a user must act; the runner's side makes a BeamError of that code from it.
   */
  readonly message: string;
  /** The stack frames alone, since an error's message may quote an element. */
  readonly trace: string;
  /** The text for the runner: the message and, where `AuthorText` allows, the frames of an author's error below it. */
  readonly answer: string;
}

/** Describes an error. `place` names its origin where the error does not. */
export function wordsOf(place: string, error: unknown, authorText: AuthorText): FailureWords {
  const named = error instanceof BeamError ? error : stageError(place, error, authorText);
  const causes = causesOf(named);
  const code = named.code !== "PIPELINE" ? `[${named.code}] ` : "";
  const message = `${code}${named.message}`;
  const traces = [named, ...[...causes].reverse()].map(traceOf).filter((frames) => frames !== "");
  const authors = authorText === "shown" && causes[0] !== undefined ? traceOf(causes[0]) : "";
  return { message, trace: traces.join("\ncaused\n"), answer: authors === "" ? message : `${message}\n${authors}` };
}

function traceOf(error: Error): string {
  return framesOf(error)
    .map((frame) => `    at ${frame}`)
    .join("\n");
}
