/** What may be told of a failure: to the runner, whose exceptions are shown and logged, and to logs. */
import { BeamError } from "../error";
import { stageError } from "../operators/failure";

export interface FailureWords {
  /** Begins with "[CODE] " when a user must mend something: the runner's side makes a BeamError of that code again. */
  readonly message: string;
  /** Where it was thrown, frames only: an error's own words may quote an element. */
  readonly trace: string;
}

/** `place` names where an error comes from that does not say so itself. */
export function wordsOf(place: string, error: unknown): FailureWords {
  const named = error instanceof BeamError ? error : stageError(place, error);
  const traces = [named, ...causesOf(named)].map(framesOf).filter((frames) => frames !== "");
  const code = named instanceof BeamError && named.code !== "PIPELINE" ? `[${named.code}] ` : "";
  return { message: `${code}${named.message}`, trace: traces.join("\ncaused\n") };
}

const MAX_CAUSES = 5;

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let next = error.cause; next instanceof Error && causes.length < MAX_CAUSES; next = next.cause)
    causes.push(next);
  return causes.reverse();
}

/** The stack without what stands before its frames; the message may have lines that look like frames. */
function framesOf(error: Error): string {
  const stack = error.stack ?? "";
  const messageStart = stack.indexOf(error.message);
  if (messageStart < 0) return "";
  const frames = stack.slice(messageStart + error.message.length);
  return frames
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
}
