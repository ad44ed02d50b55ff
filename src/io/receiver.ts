/**
 * Common code of all receivers of alerts: patience with one that is away, and letters for what it does not take.
 *
 * 1. Each alert ends as taken, counted, or as one dead letter of its receiver.
 * 2. While a receiver is away, one call at a time asks whether it is back; everything else waits without a call.
 * 3. An alert that was not taken waits no longer than `maxWaitMs`, and no more than `maxWaiting` alerts of a process
 *    do. What exceeds a bound becomes a letter, so a receiver that is away never fills the stage. One that takes
 *    alerts, but more slowly than they come, fills it: then the job goes at its pace, as it does behind a slow index.
 */
import {
  type AsyncDoFnInstance,
  type AsyncElement,
  type Counter,
  type Histogram,
  histogram,
  type OpenContext,
} from "../beam";
import { type BackOff, backOffMs } from "../beam/retry";
import type { Alert } from "../chat/alerts/alert";
import { alertEvent, type AlertEvent, type EventSettings } from "../chat/alerts/event";
import { ALERT_LATENCY, latencyMs } from "../chat/alerts/latency";
import { alertLetter, type ReceiverName, undeliveredCounter } from "../chat/alerts/letters";
import type { DeadLetter } from "../chat/model";
import { roomLog } from "../log";
import { logFailures, logRecovery } from "./retry";

const log = roomLog("alerts");

/** A person waits for alerts, so a receiver that is back is noticed soon. */
const BACK_OFF: BackOff = { baseMs: 200, capMs: 5_000, jitter: 0.5 };
/** Delay of alerts that a receiver did not take while it took others. */
const ONE_BY_ONE_DELAY_MS = 500;
const MIN_DELAY_MS = 20;
/** Delay while a call asks whether the receiver is back. */
const WHILE_ASKING_MS = 500;
/**
 * The longest pause that a Retry-After may ask for: an alert that nobody asked about for longer has gone with its
 * bundle.
 */
const FORGOTTEN_AFTER_MS = 60_000;

export interface Patience {
  /** Time that a receiver has for an alert. */
  readonly maxWaitMs: number;
  /** Alerts of a process that may wait for a receiver. */
  readonly maxWaiting: number;
}

/** A receiver's answer to one alert. `why` names a status or a class of errors, never content. */
export type Answer =
  | { readonly kind: "taken" }
  /** This alert can never be taken as it is. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "again"; readonly why: string; readonly retryAfterMs?: number | undefined };

export interface Receiver {
  /** Resolves with one answer for each event, in order; never rejects. */
  send(events: readonly AlertEvent[]): Promise<readonly Answer[]>;
  close(): void;
}

export interface ReceiverSettings extends EventSettings {
  readonly patience: Patience;
}

export type ReceiverOutputs = { deadLetters: DeadLetter };
type Element = AsyncElement<Alert, ReceiverOutputs>;

/** State of a receiver in this process, over bundles. */
class Presence {
  failures = 0;
  awayUntilMs = 0;
  isAsking = false;
  /** Alerts that wait, with the time of their first call. */
  readonly waiting = new Map<Element, number>();

  /** Forgets what came before this time. */
  forget(beforeMs: number): void {
    for (const [element, sinceMs] of this.waiting) if (sinceMs < beforeMs) this.waiting.delete(element);
  }
}

const EVENT_BYTES = 1_024;

/** Counters: `delivered`, alertsUndelivered, the same with the receiver's name, and the buckets of its latency. */
export class Deliverer implements AsyncDoFnInstance<Alert, ReceiverOutputs> {
  private readonly presence: Presence;
  private readonly undelivered: readonly Counter[];
  private readonly latency: Histogram;

  constructor(
    private readonly name: ReceiverName,
    private readonly receiver: Receiver,
    private readonly settings: ReceiverSettings,
    { shared, metrics }: OpenContext,
    private readonly delivered: Counter,
  ) {
    this.presence = shared.get(`presence of ${name}`, () => new Presence());
    this.undelivered = [metrics.counter("alertsUndelivered"), metrics.counter(undeliveredCounter(name))];
    this.latency = histogram(metrics, ALERT_LATENCY[name]);
  }

  sizeBytes(): number {
    return EVENT_BYTES;
  }

  close(): void {
    this.receiver.close();
  }

  async process(elements: readonly Element[]) {
    const { presence } = this;
    const nowMs = performance.now();
    const isAway = presence.failures > 0 && (presence.isAsking || nowMs < presence.awayUntilMs);
    if (isAway) return this.wait(elements, "it is away");
    const isAsking = presence.failures > 0;
    if (isAsking) presence.isAsking = true;
    const events = elements.map(({ value }) => alertEvent(value, this.settings));
    const answers = await this.receiver.send(events).finally(() => {
      if (isAsking) presence.isAsking = false;
    });
    this.learn(answers, nowMs);
    const again: Element[] = [];
    let why = "";
    let askedMs = 0;
    for (const [at, element] of elements.entries()) {
      const answer = answers[at]!;
      if (answer.kind === "again") {
        again.push(element);
        why = answer.why;
        askedMs = Math.max(askedMs, answer.retryAfterMs ?? 0);
        continue;
      }
      presence.waiting.delete(element);
      if (answer.kind === "taken") this.take(element.value);
      else await this.giveUp(element, "ALERT_REFUSED", `The receiver refused the alert (${answer.why}).`);
    }
    return this.wait(again, why, askedMs);
  }

  private take(alert: Alert): void {
    this.delivered.inc();
    const ms = latencyMs(alert, Date.now());
    if (ms !== undefined) this.latency.record(ms);
  }

  /** The receiver is away when it took and refused nothing. */
  private learn(answers: readonly Answer[], sinceMs: number): void {
    const { presence } = this;
    const failed = answers.filter((answer) => answer.kind === "again");
    if (failed.length < answers.length) {
      logRecovery(log, this.name, presence.failures);
      presence.failures = 0;
      presence.awayUntilMs = 0;
      return;
    }
    // Calls that ran side by side are one failure.
    if (presence.awayUntilMs > sinceMs) return;
    presence.failures++;
    const askedMs = Math.max(0, ...failed.map(({ retryAfterMs = 0 }) => retryAfterMs));
    presence.awayUntilMs = performance.now() + Math.max(askedMs, backOffMs(BACK_OFF, presence.failures, Math.random));
    logFailures(log, this.name, presence.failures, { why: failed[0]?.why });
  }

  /** Gives elements back to come again, but for those that exceed a bound. */
  private async wait(elements: readonly Element[], why: string, askedMs = 0) {
    const { presence } = this;
    const { maxWaitMs, maxWaiting } = this.settings.patience;
    const nowMs = performance.now();
    const later: Element[] = [];
    if (presence.waiting.size >= maxWaiting) presence.forget(nowMs - maxWaitMs - FORGOTTEN_AFTER_MS);
    for (const element of elements) {
      const sinceMs = presence.waiting.get(element);
      const waitedMs = nowMs - (sinceMs ?? nowMs);
      if (waitedMs >= maxWaitMs) {
        const seconds = Math.round(waitedMs / 1_000);
        await this.giveUp(element, "ALERT_NOT_TAKEN", `The receiver did not take the alert in ${seconds} s (${why}).`);
      } else if (sinceMs === undefined && presence.waiting.size >= maxWaiting) {
        const reason = `${maxWaiting} alerts wait for the receiver already (${why}).`;
        await this.giveUp(element, "ALERT_NOT_TAKEN", reason);
      } else {
        presence.waiting.set(element, sinceMs ?? nowMs);
        later.push(element);
      }
    }
    if (later.length === 0) return undefined;
    const oldestMs = Math.min(...later.map((element) => presence.waiting.get(element)!));
    const leastMs = presence.isAsking ? WHILE_ASKING_MS : MIN_DELAY_MS;
    const awayMs = presence.failures > 0 ? Math.max(leastMs, presence.awayUntilMs - nowMs) : ONE_BY_ONE_DELAY_MS;
    const pauseMs = Math.max(awayMs, askedMs);
    return { elements: later, delayMs: Math.min(pauseMs, Math.max(MIN_DELAY_MS, oldestMs + maxWaitMs - nowMs)) };
  }

  private async giveUp(element: Element, code: Parameters<typeof alertLetter>[0], reason: string): Promise<void> {
    this.presence.waiting.delete(element);
    for (const counter of this.undelivered) counter.inc();
    await element.emit("deadLetters", alertLetter(code, reason, { receiver: this.name, alert: element.value }));
  }
}
