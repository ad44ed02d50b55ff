/**
 * `asyncBoundary` lets the rest of a stage take longer than a bundle. A runner waits until a closed bundle has
 * finished, and meanwhile a Flink task accepts no input and completes no checkpoint. Behind the boundary an element
 * goes through the rest of its stage (asynchronous calls above all) while bundles come and go: the runner keeps the
 * element in flight as a self-checkpoint of a splittable DoFn, polls for it after its resume delay, and receives its
 * outputs when they are there. Flink calls the same thing asynchronous I/O, unordered.
 *
 * 1. The runner holds an element until its outputs have left. After a crash the element starts again.
 * 2. A process has at most `maxElements` in flight. They and their outputs take at most `maxBytes`, by a rough count.
 *    When that capacity is used up, the stage's upstream waits.
 * 3. Equal elements may be in flight at once.
 * 4. A boundary passes elements on and does nothing else where the runner does not fuse the following transforms with
 *    it.
 * 5. An element can ask to start again (`again` of an asynchronous DoFn's element). Counter: restarts.
 * 6. The following transforms of the stage must neither read side inputs nor be splittable, since both belong to a
 *    bundle. The job ends with an error otherwise.
 */
import { type Coder, type PCollection, type PTransform, withName } from "../sdk";
import { compactCoder } from "./coder";
import { register, specProto } from "./definitions";
import { parDoInto } from "./par-do";
import { type SplittableDoFnInstance, splittablePayload, stop } from "./splittable-do-fn";
import { ASYNC_BOUNDARY_DO_FN_URN } from "./urns";

/** Identifies one element in flight within its process. Empty for an element that has not started. */
export type ResumeToken = string;

const resumeTokenCoder = compactCoder<ResumeToken>("beam-streaming:coder:resume_token", 1, {
  write: (token, writer) => writer.string(token),
  read: (reader) => reader.string(),
});

const DEFAULT_MAX_BYTES = 24 * 1024 * 1024;

export interface AsyncBoundaryOptions {
  /**
   * Limit of elements in flight in one process: 1 to 10,000. A few times the concurrent calls of the stages behind the
   * boundary is a good value.
   */
  readonly maxElements: number;
  /** Limit in memory, in bytes; default 24 MiB. An element larger than this goes alone. */
  readonly maxBytes?: number;
}

/** The options with defaults filled in, as they are sent to the worker. */
export type Capacity = Required<AsyncBoundaryOptions>;

const NAME = "asyncBoundary";

/**
 * Has only the form of a splittable DoFn. A special operator runs it, because running it needs the transforms that
 * follow.
 */
const instance: SplittableDoFnInstance<unknown, ResumeToken, never, { main: unknown }> = {
  initialRestriction: () => "",
  newTracker: (_element, token) => ({
    currentRestriction: () => token,
    tryClaim: () => false,
    trySplit: () => undefined,
    checkDone: () => undefined,
  }),
  process: stop,
};

register(ASYNC_BOUNDARY_DO_FN_URN, NAME, { outputs: {}, open: () => instance });

/** Makes the boundary. `coder` is the coder of the elements, at the input and at the output. */
export function asyncBoundary<T>(
  coder: Coder<T>,
  { maxElements, maxBytes = DEFAULT_MAX_BYTES }: AsyncBoundaryOptions,
): PTransform<PCollection<T>, PCollection<T>> {
  if (!Number.isInteger(maxElements) || maxElements < 1 || maxElements > 10_000) {
    throw new RangeError(`maxElements must be a whole number from 1 to 10,000, not ${maxElements}.`);
  }
  if (!(maxBytes >= 1)) throw new RangeError(`maxBytes must be at least 1, not ${maxBytes}.`);
  const settings: Capacity = { maxElements, maxBytes };
  const elements = parDoInto<T, { main: T }>(
    "elements",
    { main: coder },
    {
      payload: (pipeline) => ({
        ...splittablePayload(pipeline, resumeTokenCoder),
        doFn: specProto(ASYNC_BOUNDARY_DO_FN_URN, { name: NAME, settings }),
      }),
      isBounded: undefined,
    },
  );
  return withName(NAME, (input: PCollection<T>) => input.apply(elements).main);
}
