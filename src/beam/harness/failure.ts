/** What may be told of a failure: to the runner, whose exceptions are shown and logged, and to logs. */
import { BeamError } from "../error";
import { type AuthorText, causesOf, stageError } from "../failure/stage-error";
import { framesOf } from "../failure/stack";

export interface FailureWords {
  /**
   * One line; begins with "[CODE] " when a user must mend something: the runner's side makes a BeamError of that code
   * again.
   */
  readonly message: string;
  /** Where it was thrown, frames only: an error's own words may quote an element. */
  readonly trace: string;
  /** What the runner gets: the message, and below it the frames of an author's error where those may be told. */
  readonly answer: string;
}

/** `place` names where an error comes from that does not say so itself. */
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
