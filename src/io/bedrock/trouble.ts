/** Bounds what one input may meet before it, and not the service, is taken for the cause. */
import type { Decision as LoopDecision } from "../../beam/retry";
import { BACK_OFF, type Decision } from "./retry";

/** Bounds the errors of a model over one input, so that one that always fails does not hold up the job for ever. */
const MAX_MODEL_ERRORS = 5;
/** Bounds the time-outs of one input in the same way. */
const MAX_TIME_OUTS = 5;

/** Failures that one call has met so far. */
export interface Trouble {
  modelErrors: number;
  timeOuts: number;
  /** Time of the first refusal of the account. */
  barredSinceMs?: number;
}

/** Decides about trouble that is waited for; `isDown` tells that the model answers nobody. Counts in `trouble`. */
export function judgeTrouble(
  { cause, retryAfterMs }: Extract<Decision, { readonly kind: "retry" }>,
  trouble: Trouble,
  isDown: boolean,
): LoopDecision<Extract<Decision, { readonly kind: "refused" }>> {
  if (cause === "modelError" && ++trouble.modelErrors > MAX_MODEL_ERRORS) {
    return refused(`the model failed ${trouble.modelErrors} times on this input`);
  }
  // While the service answers others in time, this input is the cause.
  if (cause === "timedOut" && !isDown && ++trouble.timeOuts > MAX_TIME_OUTS) {
    return refused(`the model gave no answer in time to this input, ${trouble.timeOuts} times`);
  }
  return { kind: "again", why: cause, backOff: BACK_OFF[cause], retryAfterMs };
}

function refused(reason: string): LoopDecision<Extract<Decision, { readonly kind: "refused" }>> {
  return { kind: "done", value: { kind: "refused", reason, isCertain: false } };
}
