/**
 * What becomes of an element behind `asyncBoundary` in one of the runner's bundles, and how long anybody waits for it.
 * Pure: the operator tells events and does what the states say.
 *
 * 1. An element enters a bundle as `inFlight` when its resume token is known in this process, and as `arrived`
 *    otherwise: new, deferred before, or restored from another process.
 * 2. The bundle takes nothing more while an element is `arrived`, and cannot end.
 * 3. A bundle that could end waits as the states of its elements say, first for capacity.
 * 4. `collected`, `checkpointed` and `deferred` elements have left the bundle; the last two as residuals.
 */

export type State = "arrived" | "queued" | "inFlight" | "completed" | "collected" | "checkpointed" | "deferred";

/**
 * `capacity`: it may begin. `room`: bytes in queues are below their bound. `completion`: all operators behind the
 * boundary are done with it. `delivery`: its outputs are taken. `bundleEnd`: nobody waits any more.
 */
export type Event = "capacity" | "room" | "completion" | "delivery" | "bundleEnd";

interface Rules {
  /** The next state by event; what is not here cannot happen. */
  readonly on: Readonly<Partial<Record<Event, State>>>;
  /**
   * What a bundle that could end waits for, and until when: `MAX_WAIT_MS` after its start, or the element's resume
   * time.
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

/** Throws where the event cannot happen. */
export function next(state: State, event: Event): State {
  const to = STATES[state].on[event];
  if (to === undefined) throw new Error(`"${event}" cannot happen to an element that is ${state}.`);
  return to;
}

/** Well below any checkpoint's time-out, long enough to slow down who sends too much. */
export const MAX_WAIT_MS = 2_000;

export interface Wait {
  readonly for: "capacity" | "completion";
  readonly maxMs: number;
}

/**
 * What a bundle with these elements waits for before it ends; undefined when it ends at once. `resumeAtMs`: 0 for
 * never.
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
  // Below a timer's resolution.
  return maxMs < 1 ? undefined : { for: isForCapacity ? "capacity" : "completion", maxMs };
}

export interface InFlightLoad {
  readonly count: number;
  /** In memory, by a rough count. */
  readonly bytes: number;
}

/** Prefix of the token of an element that has not begun; how often it was deferred follows. */
const DEFERRED = "deferred/";
const MIN_DEFERRAL_DELAY_MS = 100;
const MAX_DEFERRAL_DELAY_MS = 2_000;

export function deferralsOf(token: string): number {
  return token.startsWith(DEFERRED) ? Number(token.slice(DEFERRED.length)) : 0;
}

/** Token and resume delay of an element that is deferred after so many times before: longer each time. */
export function deferral(deferrals: number): { readonly token: string; readonly delayMs: number } {
  const delayMs = Math.min(MIN_DEFERRAL_DELAY_MS * 2 ** deferrals, MAX_DEFERRAL_DELAY_MS);
  return { token: `${DEFERRED}${deferrals + 1}`, delayMs };
}

/** Resume delays: when nothing is known of how long elements take, and at least. */
const FIRST_DELAY_MS = 100;
const MIN_DELAY_MS = 10;
/** Resume delays grow up to this where polls are cheap: outputs are wanted soon. */
const CHEAP_DELAY_MS = 1_000;
/** Well below the interval of checkpoints: what completes and is not collected by then is done again after a crash. */
const MAX_DELAY_MS = 5_000;
/** Of one processor, for polls for all elements in flight. */
const MAX_POLLS_SHARE = 0.05;
/**
 * CPU time of worker and Flink together for one poll, by `npm run bench -- flink-polls`: at least, and for a byte in
 * memory.
 */
const POLL_MS = 0.35;
const POLL_MS_PER_BYTE = 7.5e-6;

/**
 * After how long the runner is to poll for an element in flight: at first when it will probably have completed, since
 * each poll costs the runner a bundle and carries the element to and fro; then after longer each time. `expectedMs`:
 * until it completes, 0 when that is unknown or past; `polls`: before this one; `count` and `bytes`: of all elements in
 * flight.
 */
export function resumeDelayMs(expectedMs: number, polls: number, { count, bytes }: InFlightLoad): number {
  const roundMs = count * POLL_MS + bytes * POLL_MS_PER_BYTE;
  const longestMs = Math.min(Math.max(CHEAP_DELAY_MS, roundMs / MAX_POLLS_SHARE), MAX_DELAY_MS);
  const delayMs = polls === 0 && expectedMs > 0 ? Math.max(expectedMs, MIN_DELAY_MS) : FIRST_DELAY_MS * 2 ** polls;
  return Math.ceil(Math.min(delayMs, longestMs));
}
