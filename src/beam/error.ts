/** Failures that this layer tells of by itself; pipelines and runners may have codes of their own. */
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

/** Makes codes of a pipeline's own known where failures are read out of a runner's words. */
export function declareCodes(codes: readonly string[]): void {
  for (const code of codes) known.add(code);
}

export function isKnownCode(code: string): boolean {
  return known.has(code);
}

/**
 * A failure whose message is all that its reader needs. `code` is of `BEAM_CODES`, or one of `declareCodes`, in
 * capitals: it survives the way through a worker and a Java runner, which know text only.
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

/**
 * A mistake in the use of this layer, seen by it while a stage runs. Its message holds nothing of an element, so it is
 * told whatever the policy about authors' text is.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
