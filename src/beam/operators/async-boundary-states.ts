/**
 * The states of an element behind an `asyncBoundary` in one of the runner's bundles, and what a bundle waits for. These
 * are pure functions: the operator reports events and does what the states say.
 *
 * 1. An element enters a bundle as `inFlight` when its resume token is known in this process. Otherwise it enters as
 *    `arrived`: it is new, was deferred before, or was restored from another process.
 * 2. While an element is `arrived`, the bundle takes no more elements and cannot end.
 * 3. A bundle that could end waits as the states of its elements say, first for capacity.
 * 4. `collected`, `checkpointed` and `deferred` elements have left the bundle, the last two as residuals.
 */

export type State = "arrived" | "queued" | "inFlight" | "completed" | "collected" | "checkpointed" | "deferred";

/**
 * The events of an element. `capacity`: it may start. `room`: the bytes in queues are below their bound. `completion`:
 * all operators behind the boundary are done with it. `delivery`: downstream has taken its outputs. `bundleEnd`: the
 * bundle waits no longer.
 */
export type Event = "capacity" | "room" | "completion" | "delivery" | "bundleEnd";

interface Rules {
  /** The next state for each event. An event without an entry cannot happen in this state. */
  readonly on: Readonly<Partial<Record<Event, State>>>;
  /**
   * The event that a bundle waits for which could end, and its deadline: `MAX_WAIT_MS` after its start, or the
   * element's resume time.
   */
  readonly wait?: { readonly for: "capacity" | "completion"; readonly until: "bundleLimit" | "resumeTime" };
}

export const STATES: Readonly<Record<State, Rules>> = {
  arrived: { on: { capacity: "inFlight", room: "queued" } },
  queued: {
    on: { capacity: "inFlight", bundleEnd: "deferred" },
    wait: { for: "capacity", until: "bundleLimit" },
  },
  // Only a runner that is about to end polls before the resume time.
  inFlight: {
    on: { completion: "completed", bundleEnd: "checkpointed" },
    wait: { for: "completion", until: "resumeTime" },
  },
  completed: { on: { delivery: "collected" } },
  collected: { on: {} },
  checkpointed: { on: {} },
  deferred: { on: {} },
};

/** Returns the next state. Throws when the event cannot happen in this one. */
export function next(state: State, event: Event): State {
  const to = STATES[state].on[event];
  if (to === undefined) throw new Error(`"${event}" cannot happen to an element that is ${state}.`);
  return to;
}

/** Well below any checkpoint's time-out, and long enough to slow down a sender that sends too much. */
export const MAX_WAIT_MS = 2_000;

export interface Wait {
  readonly for: "capacity" | "completion";
  readonly maxMs: number;
}

/**
 * Returns what a bundle with these elements waits for before it ends; undefined when it ends at once. `resumeAtMs` is 0
 * for an element without a resume time.
 */
export function waitBeforeEnd(
  elements: Iterable<{ readonly state: State; readonly resumeAtMs: number }>,
  bundleStartMs: number,
  nowMs: number,
): Wait | undefined {
  let isForCapacity = false;
  let untilMs = 0;
  for (const { state, resumeAtMs } of elements) {
    const { wait } = STATES[state];
    if (wait === undefined) continue;
    isForCapacity ||= wait.for === "capacity";
    untilMs = Math.max(untilMs, wait.until === "bundleLimit" ? bundleStartMs + MAX_WAIT_MS : resumeAtMs);
  }
  const maxMs = untilMs - nowMs;
  // A shorter wait is below a timer's resolution.
  return maxMs < 1 ? undefined : { for: isForCapacity ? "capacity" : "completion", maxMs };
}

export interface InFlightLoad {
  readonly count: number;
  /** Memory in bytes, by a rough count. */
  readonly bytes: number;
}

/** Prefix of the token of an element that has not started. The number of its deferrals follows. */
const DEFERRED = "deferred/";
const MIN_DEFERRAL_DELAY_MS = 100;
const MAX_DEFERRAL_DELAY_MS = 2_000;

export function deferralsOf(token: string): number {
  return token.startsWith(DEFERRED) ? Number(token.slice(DEFERRED.length)) : 0;
}

/** Returns token and resume delay of an element that was deferred this many times before. The delay grows each time. */
export function deferral(deferrals: number): { readonly token: string; readonly delayMs: number } {
  const delayMs = Math.min(MIN_DEFERRAL_DELAY_MS * 2 ** deferrals, MAX_DEFERRAL_DELAY_MS);
  return { token: `${DEFERRED}${deferrals + 1}`, delayMs };
}

/** The resume delay while the duration of elements is unknown, and the minimum delay. */
const FIRST_DELAY_MS = 100;
const MIN_DELAY_MS = 10;
/** Limit of resume delays while polls are cheap, because outputs should leave soon. */
const CHEAP_DELAY_MS = 1_000;
/**
 * Limit of resume delays. It is well below the interval of checkpoints, since work that was completed but not collected
 * is repeated after a crash.
 */
const MAX_DELAY_MS = 5_000;
/** Share of one processor that polls for all elements in flight may use. */
const MAX_POLLS_SHARE = 0.05;
/**
 * CPU time of worker and Flink together for one poll, measured by `npm run bench -- flink-polls`: a fixed part, and a
 * part for each byte in memory.
 */
const POLL_MS = 0.3;
const POLL_MS_PER_BYTE = 2e-5;

/**
 * Returns the delay after which the runner should poll for an element in flight. The first poll comes when the element
 * has probably completed, since each poll costs the runner a bundle and sends the element there and back. Each later
 * delay is longer. `expectedMs` is the time until the element completes, or 0 when that is unknown or past. `polls`
 * counts earlier polls. `count` and `bytes` are those of all elements in flight.
 */
export function resumeDelayMs(expectedMs: number, polls: number, { count, bytes }: InFlightLoad): number {
  const roundMs = count * POLL_MS + bytes * POLL_MS_PER_BYTE;
  const longestMs = Math.min(Math.max(CHEAP_DELAY_MS, roundMs / MAX_POLLS_SHARE), MAX_DELAY_MS);
  const delayMs = polls === 0 && expectedMs > 0 ? Math.max(expectedMs, MIN_DELAY_MS) : FIRST_DELAY_MS * 2 ** polls;
  return Math.ceil(Math.min(delayMs, longestMs));
}
