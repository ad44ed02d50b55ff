/** Turns failures of stages into sentences. `AuthorText` decides how much of an author's error they may quote. */
import { BeamError, UsageError } from "../error";
import { authorFrame, framesOf } from "./stack";

/**
 * How much of the text in authors' errors and logs may be shown. "shown": all of it. "hidden": only classes, codes and
 * places, because the text may quote an element (JSON.parse does) and errors are logged.
 */
export type AuthorText = "shown" | "hidden";

const MAX_MESSAGE_CHARACTERS = 2_000;
const MAX_CAUSES = 5;

/**
 * Makes the error of a stage. A BeamError is returned unchanged. Anything else becomes PIPELINE with the stage's name,
 * and the original as its `cause`.
 */
export function stageError(stageName: string, error: unknown, authorText: AuthorText): BeamError {
  if (error instanceof BeamError) return error;
  const isShown = authorText === "shown";
  const words = isShown || error instanceof UsageError ? told(error, isShown) : ` with ${described(error)}`;
  return new BeamError("PIPELINE", `The stage "${stageName}" failed${words}.`, { cause: error });
}

/** Makes the error of a stage that could not be created. No element was involved, so the reason may be shown. */
export function unusableStageError(stageName: string, error: unknown): BeamError {
  if (error instanceof BeamError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BeamError("PIPELINE", `The stage "${stageName}" cannot run: ${reason}`, { cause: error });
}

/** Makes the error of a pipeline that could not be built. No element was involved, so everything may be shown. */
export function buildError(error: unknown): BeamError {
  if (error instanceof BeamError) return error;
  return new BeamError("PIPELINE", `The pipeline cannot be built: build failed${told(error, true)}.`, { cause: error });
}

/** Returns the chain of causes of an error, the nearest first. */
export function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let next = error.cause; next instanceof Error && causes.length < MAX_CAUSES; next = next.cause)
    causes.push(next);
  return causes;
}

/** Describes the class and message of an error and of its causes, and the author's line where it was thrown. */
function told(error: unknown, withPlaces: boolean): string {
  if (!(error instanceof Error)) return ` with a thrown ${typeof error}: ${oneLine(String(error))}`;
  const head = error instanceof UsageError ? usage(error, withPlaces) : ` with ${named(error)}`;
  const frames = framesOf(error);
  // The innermost frame of a UsageError is in this layer, which does not help an author, so it is not shown.
  const frame = authorFrame(frames) ?? (error instanceof UsageError ? undefined : frames[0]);
  const place = frame === undefined ? "" : ` (at ${frame})`;
  const causes = causesOf(error).map((cause) => `, caused by ${named(cause)}`);
  return `${head}${place}${causes.join("")}`;
}

function usage({ message, place }: UsageError, withPlaces: boolean): string {
  return `: ${oneLine(message)}${withPlaces && place !== undefined ? ` (it is ${oneLine(place)})` : ""}`;
}

function named(error: Error): string {
  return error.message === "" ? error.name : `${error.name}: ${oneLine(error.message)}`;
}

/** Puts a text on one line, because runners' output is read line by line. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return line.length > MAX_MESSAGE_CHARACTERS ? `${line.slice(0, MAX_MESSAGE_CHARACTERS)}…` : line;
}

/**
 * Describes an error by its class, its code and the place where it was thrown. None of them can hold an element's
 * content.
 */
function described(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code: unknown = (error as { code?: unknown }).code;
  const codeText = typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? ` ${code}` : "";
  const [frame] = framesOf(error);
  return `${error.name}${codeText}${frame === undefined ? "" : ` at ${frame}`}`;
}
