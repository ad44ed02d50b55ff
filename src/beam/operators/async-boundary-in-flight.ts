/**
 * The elements in flight behind an `asyncBoundary`, over all bundles of a process.
 *
 * 1. Each element has a processor of the operators behind the boundary for itself, as a bundle of one, until it
 *    completes.
 * 2. At most `maxElements` are in flight. They, and the outputs of completed ones that no bundle has collected, take at
 *    most `maxBytes` by a rough count. An element that would exceed it starts only when no other is in flight. Elements
 *    queued in bundles may take half as much in addition.
 * 3. A completed element is dropped when nobody has collected it within `MAX_UNCOLLECTED_MS` or, where bytes are short,
 *    when it is overdue by `MAX_OVERDUE_MS`: it was restored in another process.
 * 4. An element that asks for it starts again after a pause, and stays in flight meanwhile.
 * 5. When the last operator that uses it is torn down, the elements in flight end, since nobody is left to collect
 *    them.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Capacity } from "../authoring/async-boundary";
import { type BackOff, backOffMs } from "../retry";
import type { WindowedValue } from "../values";
import { type Output, type Processor, type ProcessorBuilder, Processors } from "./async-boundary-processors";
import { resumeDelayMs } from "./async-boundary-states";
import type { Figures } from "./contract";
import { roughBytes } from "./rough-bytes";

const MAX_UNCOLLECTED_MS = 300_000;
const MAX_OVERDUE_MS = 30_000;
/** Share of elements that should have completed at their first poll, and the step by which the estimate adapts. */
const COMPLETED_SHARE = 0.9;
const ESTIMATE_STEP = 0.1;
/** Pauses before an element starts again that asked for it: the writer that it met needs some milliseconds to go on. */
const RESTART_BACK_OFF: BackOff = { baseMs: 20, capMs: 2_000, jitter: 0.5 };
const ENDED = "The run ended while an element was about to start again.";
/** Memory of the objects that belong to one element in flight. */
const OVERHEAD_BYTES = 1_000;

export type Outcome =
  | { readonly ok: true; readonly outputs: readonly Output[]; readonly figures: Figures }
  | { readonly ok: false; readonly error: unknown };

export class InFlightElement {
  /** Undefined until the element completes. */
  outcome: Outcome | undefined;
  readonly startedMs = performance.now();
  completedMs = Infinity;
  /** Number of polls before the element completed. */
  polls = 0;
  /** Time at which the runner was asked to resume it. */
  resumeAtMs = 0;
  /** Size of the element and later of its outcome, as counted in `InFlightElements`. */
  bytes = 0;
  /** How often it began anew because it asked for it. */
  restarts = 0;
  completed: Promise<void> = Promise.resolve();

  constructor(readonly token: string) {}
}

export class InFlightElements {
  private readonly process = randomUUID();
  private readonly elements = new Map<string, InFlightElement>();
  private readonly processors: Processors;
  private waiting: (() => void)[] = [];
  private count = 0;
  private bytes = 0;
  private queuedBytes = 0;
  private started = 0;
  private users = 0;
  /** Time within which `COMPLETED_SHARE` of the elements complete. */
  private durationMs: number | undefined;

  constructor(
    build: ProcessorBuilder,
    private readonly capacity: Capacity,
  ) {
    this.processors = new Processors(build, () => this.count);
  }

  /** The current load; for tests and figures. */
  get load(): { readonly inFlight: number; readonly bytes: number; readonly queuedBytes: number } {
    return { inFlight: this.count, bytes: this.bytes, queuedBytes: this.queuedBytes };
  }

  find(token: string): InFlightElement | undefined {
    return this.elements.get(token);
  }

  hasCapacity(bytes: number): boolean {
    if (this.count === 0) return true;
    return this.count < this.capacity.maxElements && this.bytes + bytes <= this.capacity.maxBytes;
  }

  /** Whether one more may start, whatever its size. */
  mayBegin(): boolean {
    return this.hasCapacity(0);
  }

  /** Counts an element that is queued in a bundle. Returns false when too many bytes are queued already. */
  enqueue(bytes: number): boolean {
    if (this.queuedBytes > 0 && this.queuedBytes + bytes > this.capacity.maxBytes / 2) return false;
    this.queuedBytes += bytes;
    return true;
  }

  dequeue(bytes: number): void {
    this.queuedBytes -= bytes;
  }

  start(element: WindowedValue<unknown>, bytes: number): InFlightElement {
    this.forgetOld();
    const inFlight = new InFlightElement(`${this.process}/${this.started++}`);
    this.elements.set(inFlight.token, inFlight);
    this.count++;
    this.setBytes(inFlight, bytes);
    inFlight.completed = this.run(element, inFlight).then((outcome) => {
      inFlight.outcome = outcome;
      inFlight.completedMs = performance.now();
      this.estimate(inFlight.completedMs - inFlight.startedMs);
      this.count--;
      this.setBytes(inFlight, this.elements.has(inFlight.token) ? bytesOf(outcome) : 0);
      this.wakeOne();
    });
    return inFlight;
  }

  /** Must be called for a completed element. */
  forget(inFlight: InFlightElement): void {
    if (!this.elements.delete(inFlight.token)) return;
    this.setBytes(inFlight, 0);
    this.wakeOne();
  }

  /** Returns the resume delay of an element in flight, in milliseconds, and counts a poll. */
  resumeDelayMs(inFlight: InFlightElement): number {
    const nowMs = performance.now();
    const expectedMs = (this.durationMs ?? 0) - (nowMs - inFlight.startedMs);
    const delayMs = resumeDelayMs(expectedMs, inFlight.polls++, { count: this.count, bytes: this.bytes });
    inFlight.resumeAtMs = nowMs + delayMs;
    return delayMs;
  }

  /** Resolves when there may be capacity, or after `maxMs`. */
  capacityFreed(maxMs: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((own) => own !== settle);
        resolve();
      }, maxMs);
      this.waiting.push(settle);
    });
  }

  acquire(): void {
    this.users++;
    this.processors.open();
  }

  async leave(): Promise<void> {
    if (--this.users > 0) return;
    for (const inFlight of this.elements.values()) {
      if (inFlight.outcome !== undefined) this.setBytes(inFlight, 0);
    }
    this.elements.clear();
    await this.processors.close();
  }

  private async run(element: WindowedValue<unknown>, inFlight: InFlightElement): Promise<Outcome> {
    for (;;) {
      const outcome = await this.runOnce(element);
      if (outcome !== "again") return outcome;
      await sleep(backOffMs(RESTART_BACK_OFF, ++inFlight.restarts, Math.random));
      if (this.users === 0) return { ok: false, error: new Error(ENDED) };
    }
  }

  private async runOnce(element: WindowedValue<unknown>): Promise<Outcome | "again"> {
    let processor: Processor | undefined;
    try {
      processor = await this.processors.take();
      processor.stage.start();
      await processor.input.receive(element);
      const { metrics, elementCounts } = await processor.stage.finish();
      const outputs = processor.outputs.splice(0);
      const { isAgain } = processor;
      processor.isAgain = false;
      this.processors.release(processor);
      return isAgain ? "again" : { ok: true, outputs, figures: { metrics, elementCounts } };
    } catch (error) {
      if (processor !== undefined) this.processors.discard(processor);
      return { ok: false, error };
    }
  }

  /**
   * Updates a running quantile: it rises by a large step when an element took longer, and falls by a small one when it
   * did not.
   */
  private estimate(tookMs: number): void {
    if (this.durationMs === undefined) this.durationMs = tookMs;
    else this.durationMs *= 1 + ESTIMATE_STEP * (tookMs > this.durationMs ? COMPLETED_SHARE : COMPLETED_SHARE - 1);
  }

  private setBytes(inFlight: InFlightElement, bytes: number): void {
    this.bytes += bytes - inFlight.bytes;
    inFlight.bytes = bytes;
  }

  private wakeOne(): void {
    this.waiting.shift()?.();
  }

  /** Elements are in the order in which they started. */
  private forgetOld(): void {
    const nowMs = performance.now();
    for (const inFlight of this.elements.values()) {
      const isOverdue =
        this.bytes > this.capacity.maxBytes && inFlight.resumeAtMs > 0 && inFlight.resumeAtMs < nowMs - MAX_OVERDUE_MS;
      if (inFlight.outcome === undefined) continue;
      if (inFlight.completedMs >= nowMs - MAX_UNCOLLECTED_MS && !isOverdue) return;
      this.forget(inFlight);
    }
  }
}

/** Estimates the memory of an element or an outcome, in bytes. */
export function bytesOf(kept: WindowedValue<unknown> | Outcome): number {
  return (
    OVERHEAD_BYTES +
    roughBytes("ok" in kept ? (kept.ok ? kept.outputs.map(({ element }) => element.value) : 0) : kept.value)
  );
}
