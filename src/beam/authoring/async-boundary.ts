/**
 * Lets what follows take longer than a bundle. A runner waits for a bundle that has closed, and while it does, a Flink
 * task takes nothing new and lets no checkpoint pass. Behind `asyncBoundary` an element goes through the rest of its
 * stage (asynchronous calls above all) while bundles come and go: the runner keeps the element in flight as a
 * self-checkpoint of a splittable DoFn, polls for it after its resume delay, and gets its outputs when they are there.
 * Flink's own name for this is asynchronous I/O, unordered.
 *
 * 1. The runner holds an element until its outputs have left: after a crash it begins anew.
 * 2. The capacity is of `maxElements` in flight in a process, and of `maxBytes` of them and of their outputs, by a
 *    rough count; when it is used up, the stage's upstream waits.
 * 3. Equal elements may be in flight at once.
 * 4. Where a runner does not fuse what follows with it, it passes elements on and does nothing else.
 * 5. What follows in the same stage must neither read side inputs nor be splittable, as those belong to a bundle: the
 *    job ends with an error.
 */
import { type Coder, type PCollection, type PTransform, withName } from "../sdk";
import { compactCoder } from "./coder";
import { register, specProto } from "./definitions";
import { parDoInto } from "./par-do";
import { type SplittableDoFnInstance, splittablePayload, stop } from "./splittable-do-fn";
import { ASYNC_BOUNDARY_DO_FN_URN } from "./urns";

/** Names one of a process's elements in flight; empty for an element that has not begun. */
export type ResumeToken = string;

const resumeTokenCoder = compactCoder<ResumeToken>("beam-streaming:coder:resume_token", 1, {
  write: (token, writer) => writer.string(token),
  read: (reader) => reader.string(),
});

const DEFAULT_MAX_BYTES = 24 * 1024 * 1024;

export interface AsyncBoundaryOptions {
  /** 1 to 10,000; a few times what the stages behind it do at once. */
  readonly maxElements: number;
  /** In memory, at most; default 24 MiB. One element that is larger goes alone. */
  readonly maxBytes?: number;
}

/** What of an `asyncBoundary` travels. */
export type Capacity = Required<AsyncBoundaryOptions>;

const NAME = "asyncBoundary";

/** A splittable DoFn in its form only: an operator of its own runs it, because it must know what follows. */
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

/** `coder` is the one of the elements. */
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
