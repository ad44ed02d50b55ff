import { BeamError } from "../error";

/**
 * The error of a stage: its own BeamError as it is, anything else as PIPELINE with the stage's name. The original is the
 * `cause`; its message stays out of ours, because it may quote the element (JSON.parse does), and errors are logged.
 */
export function stageError(stageName: string, error: unknown): BeamError {
  if (error instanceof BeamError) return error;
  return new BeamError("PIPELINE", `The stage "${stageName}" failed with ${describe(error)}.`, { cause: error });
}

/** The error of a stage that could not even be made; no element was near, so the reason may be told. */
export function unusableStageError(stageName: string, error: unknown): BeamError {
  if (error instanceof BeamError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BeamError("PIPELINE", `The stage "${stageName}" cannot run: ${reason}`, { cause: error });
}

/** The error's class, its code and the place that it was thrown at: all that is sure to hold no element's content. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code: unknown = (error as { code?: unknown }).code;
  const codeText = typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? ` ${code}` : "";
  // The stack repeats the message, which may itself have lines that look like frames.
  const stack = error.stack ?? "";
  const messageStart = stack.indexOf(error.message);
  const frames = messageStart < 0 ? "" : stack.slice(messageStart + error.message.length);
  const frame = /^\s+at (.+)$/m.exec(frames)?.[1];
  return `${error.name}${codeText}${frame === undefined ? "" : ` at ${frame}`}`;
}
