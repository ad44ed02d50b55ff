/**
 * Elements on their way through the stages behind `detached`, over all bundles of a process.
 *
 * 1. Each element has the operators behind it for itself, as a bundle of one, for as long as its way takes.
 * 2. At most `maxElements` ways are unfinished; what has come out of the others waits until a bundle collects it.
 * 3. What nobody collected within `KEPT_MS` is forgotten: its element was restored elsewhere.
 * 4. When the last operator that uses it is torn down, so are its ways: nobody is left to collect them.
 */
import { randomUUID } from "node:crypto";
import type { MetricUpdate } from "../metrics/cells";
import type { WindowedValue } from "../values";
import type { Receiver } from "./contract";
import type { StageProcessor } from "./stage";

const KEPT_MS = 300_000;
const MAX_KEPT = 10_000;

export interface Output {
  readonly pcollectionId: string;
  readonly element: WindowedValue<unknown>;
}

export type Outcome =
  | { readonly ok: true; readonly outputs: readonly Output[]; readonly metrics: readonly MetricUpdate[] }
  | { readonly ok: false; readonly error: unknown };

export class Way {
  outcome: Outcome | undefined;
  endedMs = Infinity;
  /** How often a bundle came to collect and found nothing. */
  visits = 0;
  /** When the runner was asked to come again. */
  dueMs = 0;
  readonly ended: Promise<void>;

  constructor(
    readonly ticket: string,
    run: Promise<Outcome>,
  ) {
    this.ended = run.then((outcome) => {
      this.outcome = outcome;
      this.endedMs = performance.now();
    });
  }
}

/** Makes the operators behind `detached`, with their outputs going to `sink`, and says where elements go in. */
export type WayBuilder = (sink: (output: Output) => void) => {
  readonly stage: StageProcessor;
  readonly input: Receiver;
};

interface Lane {
  readonly stage: StageProcessor;
  readonly input: Receiver;
  outputs: Output[];
}

export class Ways {
  private readonly process = randomUUID();
  private readonly ways = new Map<string, Way>();
  private readonly idle: Lane[] = [];
  private readonly busy = new Set<Lane>();
  private waiting: (() => void)[] = [];
  private unfinished = 0;
  private started = 0;
  private users = 0;

  constructor(
    private readonly build: WayBuilder,
    private readonly maxElements: number,
  ) {}

  get hasRoom(): boolean {
    return this.unfinished < this.maxElements;
  }

  find(ticket: string): Way | undefined {
    return this.ways.get(ticket);
  }

  start(element: WindowedValue<unknown>): Way {
    this.forgetOld();
    this.unfinished++;
    const run = this.run(element).finally(() => {
      this.unfinished--;
      this.waiting.shift()?.();
    });
    const way = new Way(`${this.process}/${this.started++}`, run);
    this.ways.set(way.ticket, way);
    return way;
  }

  forget({ ticket }: Way): void {
    this.ways.delete(ticket);
  }

  /** Resolves when there may be room, or after `maxMs`. */
  room(maxMs: number): Promise<void> {
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
  }

  async release(): Promise<void> {
    if (--this.users > 0) return;
    const lanes = [...this.idle.splice(0), ...this.busy];
    this.ways.clear();
    await Promise.all(lanes.map(({ stage }) => stage.teardown().catch(() => undefined)));
  }

  private async run(element: WindowedValue<unknown>): Promise<Outcome> {
    let lane: Lane | undefined;
    try {
      lane = this.idle.pop() ?? (await this.open());
      this.busy.add(lane);
      lane.stage.start();
      await lane.input.receive(element);
      const { metrics } = await lane.stage.finish();
      const { outputs } = lane;
      lane.outputs = [];
      this.busy.delete(lane);
      if (this.users > 0) this.idle.push(lane);
      else await lane.stage.teardown();
      return { ok: true, outputs, metrics };
    } catch (error) {
      if (lane !== undefined) {
        this.busy.delete(lane);
        void lane.stage.teardown().catch(() => undefined);
      }
      return { ok: false, error };
    }
  }

  private async open(): Promise<Lane> {
    const { stage, input } = this.build((output) => void lane.outputs.push(output));
    const lane: Lane = { stage, input, outputs: [] };
    await stage.setup();
    return lane;
  }

  /** The oldest come first. */
  private forgetOld(): void {
    const beforeMs = performance.now() - KEPT_MS;
    for (const way of this.ways.values()) {
      if (way.endedMs < beforeMs || this.ways.size > MAX_KEPT + this.maxElements) this.ways.delete(way.ticket);
      else if (way.outcome !== undefined) return;
    }
  }
}
