/**
 * Lets what follows take longer than a bundle. A runner waits for a bundle that has closed, and while it does, a Flink
 * task takes nothing new and lets no checkpoint pass. Behind `detached` an element's way through the rest of its stage
 * (asynchronous calls above all) goes on while bundles come and go: the runner keeps the element as the rest of a
 * splittable DoFn's restriction, asks for it now and then, and gets its outputs when they are there.
 *
 * 1. The runner holds an element until its outputs have left: after a crash its way begins anew.
 * 2. At most `maxElements` are under way in a process, and at most `maxBytes` of them and of their outputs, by a rough
 *    count; when all places are taken the stage's upstream waits.
 * 3. Equal elements may be under way at once.
 * 4. Where a runner does not fuse what follows with it, it passes elements on and does nothing else.
 * 5. What follows in the same stage must neither read side inputs nor be splittable, as those belong to a bundle: the job
 *    ends with an error.
 */
import {
  type Coder,
  type PCollection,
  type PTransform,
  registerForSerialization,
  runnerApi,
  serializeFn,
  withName,
} from "../sdk";
import { compactCoder } from "./coder";
import { parDoInto } from "./par-do";
import {
  type ProcessContinuation,
  type RestrictionTracker,
  type SplittableDoFnInstance,
  splittablePayload,
  stop,
} from "./splittable-do-fn";
import { DETACHED_DO_FN_URN } from "./urns";

/** Which of a process's elements under way this is; empty for one that has not begun. */
export type Ticket = string;

const ticketCoder = compactCoder<Ticket>("beam-chat-sessions:coder:detached_ticket", 1, {
  write: (ticket, writer) => writer.string(ticket),
  read: (reader) => reader.string(),
});

const DEFAULT_MAX_BYTES = 24 * 1024 * 1024;

export interface DetachedOptions {
  /** 1 to 10,000; a few times what the stages behind it do at once. */
  readonly maxElements: number;
  /** In memory, at most; default 24 MiB. One element that is larger goes alone. */
  readonly maxBytes?: number;
}

/** A splittable DoFn in its form only: an operator of its own runs it, because it must know what follows. */
export class Detached implements SplittableDoFnInstance<unknown, Ticket, never, { main: unknown }> {
  constructor(
    readonly maxElements: number,
    readonly maxBytes: number,
  ) {}

  initialRestriction(): Ticket {
    return "";
  }

  newTracker(_element: unknown, ticket: Ticket): RestrictionTracker<Ticket, never> {
    return {
      currentRestriction: () => ticket,
      tryClaim: () => false,
      trySplit: () => undefined,
      checkDone: () => undefined,
    };
  }

  process(): ProcessContinuation {
    return stop();
  }
}

/** `coder` is the one of the elements. */
export function detached<T>(
  coder: Coder<T>,
  { maxElements, maxBytes = DEFAULT_MAX_BYTES }: DetachedOptions,
): PTransform<PCollection<T>, PCollection<T>> {
  if (!Number.isInteger(maxElements) || maxElements < 1 || maxElements > 10_000) {
    throw new RangeError(`maxElements must be a whole number from 1 to 10,000, not ${maxElements}.`);
  }
  if (!(maxBytes >= 1)) throw new RangeError(`maxBytes must be at least 1, not ${maxBytes}.`);
  const payload = serializeFn({ fn: new Detached(maxElements, maxBytes) });
  const doFn = runnerApi.FunctionSpec.create({ urn: DETACHED_DO_FN_URN, payload });
  const elements = parDoInto<T, { main: T }>(
    "elements",
    { main: coder },
    {
      payload: (pipeline) => ({ ...splittablePayload(pipeline, ticketCoder), doFn }),
      isBounded: undefined,
    },
  );
  return withName("detached", (input: PCollection<T>) => input.apply(elements).main);
}

registerForSerialization("beam/authoring/detached", { Detached });
