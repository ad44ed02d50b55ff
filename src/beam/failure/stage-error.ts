/** Failures of stages as sentences, by the policy about what authors' own code says. */
import { BeamError, UsageError } from "../error";
import { authorFrame, framesOf } from "./stack";

/**
 * What may be told of the text of authors' errors and logs. "shown": all of it. "hidden": nothing, because it may quote
 * an element (JSON.parse does), and errors are logged; only classes, codes and places are told.
 */
export type AuthorText = "shown" | "hidden";

const MAX_MESSAGE_CHARACTERS = 2_000;
const MAX_CAUSES = 5;

/** The error of a stage: its own BeamError as it is, anything else as PIPELINE with the stage's name; the original is the `cause`. */
export function stageError(stageName: string, error: unknown, authorText: AuthorText): BeamError {
  if (error instanceof BeamError) return error;
  const words = authorText === "shown" || error instanceof UsageError ? told(error) : ` with ${described(error)}`;
  return new BeamError("PIPELINE", `The stage "${stageName}" failed${words}.`, { cause: error });
}

/** The error of a stage that could not even be made; no element was near, so the reason may be told. */
export function unusableStageError(stageName: string, error: unknown): BeamError {
  if (error instanceof BeamError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BeamError("PIPELINE", `The stage "${stageName}" cannot run: ${reason}`, { cause: error });
}

/** The error of a pipeline that could not be built; no element was near, so all may be told. */
export function buildError(error: unknown): BeamError {
  if (error instanceof BeamError) return error;
  return new BeamError("PIPELINE", `The pipeline cannot be built: build failed${told(error)}.`, { cause: error });
}

/** The errors behind an error, the nearest first. */
export function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let next = error.cause; next instanceof Error && causes.length < MAX_CAUSES; next = next.cause)
    causes.push(next);
  return causes;
}

/** Class and message of the error and of its causes, and the author's line that it was thrown at. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return ` with a thrown ${typeof error}: ${oneLine(String(error))}`;
  const head = error instanceof UsageError ? `: ${oneLine(error.message)}` : ` with ${named(error)}`;
  const frames = framesOf(error);
  // Where this layer found a mistake says nothing to an author.
  const frame = authorFrame(frames) ?? (error instanceof UsageError ? undefined : frames[0]);
  const place = frame === undefined ? "" : ` (at ${frame})`;
  const causes = causesOf(error).map((cause) => `, caused by ${named(cause)}`);
  return `${head}${place}${causes.join("")}`;
}

function named(error: Error): string {
  return error.message === "" ? error.name : `${error.name}: ${oneLine(error.message)}`;
}

/** Runners' own words are read line by line. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return line.length > MAX_MESSAGE_CHARACTERS ? `${line.slice(0, MAX_MESSAGE_CHARACTERS)}…` : line;
}

/** The error's class, its code and the place that it was thrown at: all that is sure to hold no element's content. */
function described(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code: unknown = (error as { code?: unknown }).code;
  const codeText = typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? ` ${code}` : "";
  const [frame] = framesOf(error);
  return `${error.name}${codeText}${frame === undefined ? "" : ` at ${frame}`}`;
}
