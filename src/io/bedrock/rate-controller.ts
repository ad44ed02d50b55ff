/**
 * Bounds the calls of one model that are under way, by the service's answers.
 *
 * 1. At most `limit` calls are under way, and never more than `maxLimit`; waiting calls are let in first come, first
 *    served.
 * 2. Throttling lowers the limit once a window, by half of the share that was throttled; a window without it raises the
 *    limit, by twice as much as the clean window before. So a quota is found quickly and then hugged, and throttling
 *    that does not depend on our load does not starve us.
 * 3. When only outages were seen for `OUTAGE_STREAK` answers, one probe at a time goes out, at growing, random
 *    intervals. The first success lets two calls in, each further success one more, up to the old limit: no stampede.
 * 4. Every `acquire` that resolved is followed by exactly one `release`, or by one `vacate` and later one `judge`.
 */
import type { Shared } from "../../beam";
import type { BedrockSettings } from "./settings";

export type CallOutcome = "ok" | "throttled" | "unavailable" | "neutral";

/** Time and chance, replaced by tests that need repeatable ones. */
export interface RateEnvironment {
  nowMs(): number;
  random(): number;
  /** Calls back after `delayMs`; returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

const WINDOW_MS = 1_000;
/** Share of the limit that is taken away for each share of the calls that was throttled. */
const DECREASE = 0.5;
/** First raise after throttling, as a share of the maximum. */
const INCREASE = 1 / 32;
const OUTAGE_STREAK = 5;
const FIRST_PROBE_DELAY_MS = 250;
const MAX_PROBE_DELAY_MS = 4_000;

interface Waiter {
  readonly grant: () => void;
}

export class RateController {
  private limit: number;
  private underWay = 0;
  private readonly waiters = new Set<Waiter>();
  private windowStartMs: number;
  private throttled = 0;
  private answered = 0;
  private cleanWindows = 0;
  private outageStreak = 0;
  private probeDelayMs = 0;
  private nextProbeMs = 0;
  private cancelProbe: (() => void) | undefined;
  /** The limit before the outage, while recovering from it. */
  private rampTo: number | undefined;
  private newestSuccessMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly maxLimit: number,
    private readonly environment: RateEnvironment = realEnvironment,
  ) {
    this.limit = maxLimit;
    this.windowStartMs = environment.nowMs();
  }

  get currentLimit(): number {
    return Math.max(1, Math.floor(this.limit));
  }

  get isDown(): boolean {
    return this.probeDelayMs > 0;
  }

  /** Time since any call was answered; infinite before the first answer. */
  get msSinceSuccess(): number {
    return this.environment.nowMs() - this.newestSuccessMs;
  }

  /** Resolves when a call may start; rejects with the signal's reason when that aborts first. */
  acquire(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.waiters.size === 0 && this.mayStart()) {
      this.underWay++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiters.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.waiters.add(waiter);
      this.letIn();
    });
  }

  /** Ends a call. "neutral" says nothing about the service's capacity. */
  release(outcome: CallOutcome): void {
    this.underWay--;
    this.judge(outcome);
  }

  /** Ends a call whose answer is still to be judged; never a probe, on which others wait. */
  vacate(): void {
    this.underWay--;
    this.letIn();
  }

  judge(outcome: CallOutcome): void {
    if (outcome === "unavailable") this.onUnavailable();
    else if (outcome === "throttled") this.onThrottled();
    else if (outcome === "ok") this.onSuccess();
    this.closeWindow();
    this.letIn();
  }

  private onUnavailable(): void {
    this.outageStreak++;
    if (this.outageStreak < Math.min(OUTAGE_STREAK, this.maxLimit)) return;
    if (!this.isDown) {
      this.rampTo ??= this.limit;
      this.limit = 1;
      this.probeDelayMs = FIRST_PROBE_DELAY_MS;
    } else if (this.underWay === 0) {
      this.probeDelayMs = Math.min(this.probeDelayMs * 2, MAX_PROBE_DELAY_MS);
    }
    this.nextProbeMs = this.environment.nowMs() + this.probeDelayMs * (0.5 + this.environment.random() / 2);
  }

  private onThrottled(): void {
    this.answered++;
    this.throttled++;
    this.endOutage();
    this.rampTo = undefined;
  }

  private onSuccess(): void {
    this.answered++;
    this.newestSuccessMs = this.environment.nowMs();
    this.endOutage();
    if (this.rampTo === undefined) return;
    this.limit = Math.min(this.limit + 1, this.rampTo);
    if (this.limit >= this.rampTo) this.rampTo = undefined;
  }

  private endOutage(): void {
    this.outageStreak = 0;
    this.probeDelayMs = 0;
    this.cancelProbe?.();
    this.cancelProbe = undefined;
  }

  private closeWindow(): void {
    const nowMs = this.environment.nowMs();
    if (nowMs - this.windowStartMs < WINDOW_MS || this.answered === 0) return;
    const share = this.throttled / this.answered;
    this.cleanWindows = share === 0 ? Math.min(this.cleanWindows + 1, 10) : 0;
    if (this.rampTo === undefined) {
      const raise = Math.max(1, this.maxLimit * INCREASE) * 2 ** Math.max(0, this.cleanWindows - 1) * (1 - share);
      this.limit = Math.min(this.maxLimit, Math.max(1, this.limit * (1 - DECREASE * share) + raise));
    }
    this.windowStartMs = nowMs;
    this.answered = 0;
    this.throttled = 0;
  }

  private mayStart(): boolean {
    if (this.underWay >= this.currentLimit) return false;
    return !this.isDown || this.environment.nowMs() >= this.nextProbeMs;
  }

  private letIn(): void {
    for (const waiter of this.waiters) {
      if (!this.mayStart()) break;
      this.waiters.delete(waiter);
      this.underWay++;
      waiter.grant();
    }
    this.scheduleProbe();
  }

  private scheduleProbe(): void {
    if (!this.isDown || this.waiters.size === 0 || this.underWay > 0 || this.cancelProbe !== undefined) return;
    const delayMs = Math.max(1, this.nextProbeMs - this.environment.nowMs());
    this.cancelProbe = this.environment.after(delayMs, () => {
      this.cancelProbe = undefined;
      this.letIn();
    });
  }
}

const realEnvironment: RateEnvironment = {
  nowMs: () => performance.now(),
  random: () => Math.random(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The run's controller of one model behind one endpoint: a quota outlives bundles and is shared. */
export function sharedRateController(
  shared: Shared,
  { region, endpoint, maxConcurrentCalls }: BedrockSettings,
  model: string,
): RateController {
  const key = JSON.stringify([region, endpoint, model, maxConcurrentCalls]);
  return shared.get(`bedrock rate ${key}`, () => new RateController(maxConcurrentCalls));
}
