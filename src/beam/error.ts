/** Codes of this layer's own failures. Pipelines and runners may declare more. */
export const BEAM_CODES = {
  BAD_OPTION: "an option is unknown, out of range or contradicts another",
  PIPELINE: "a stage of the pipeline failed",
  NEWER_CHECKPOINT: "a checkpoint was written by a newer version of this program",
  SERVICE_UNREACHABLE: "a service does not answer",
  LOCAL_SERVICE: "an embedded service could not be started",
  FLINK: "Flink refused what it was asked for",
  WORKER: "a worker process cannot be started on a TaskManager",
} as const;

const known = new Set<string>(Object.keys(BEAM_CODES));

/** Declares a pipeline's own codes, so that failures with these codes are recognised in a runner's text. */
export function declareCodes(codes: readonly string[]): void {
  for (const code of codes) known.add(code);
}

export function isKnownCode(code: string): boolean {
  return known.has(code);
}

/**
 * A failure whose message tells the user everything. `code` is one of `BEAM_CODES` or of `declareCodes`, in capitals.
 * It survives the way through a worker and a Java runner, which transport only text.
 */
export class BeamError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = "BeamError";
  }
}

/** A LOCAL_SERVICE failure whose cure is another folder. A caller with an option for the folder can add its name. */
export class FolderError extends BeamError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("LOCAL_SERVICE", message, options);
  }
}

/**
 * A mistake in the use of this layer that shows while a stage runs. Its message holds nothing of an element, so it is
 * shown whatever `AuthorText` says. `place` says where in an element the mistake is. It is shown only with authors'
 * text, since names of properties may be data.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(
    message: string,
    readonly place?: string,
  ) {
    super(message);
  }
}
