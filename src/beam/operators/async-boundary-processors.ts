/**
 * The processors of the operators behind an `asyncBoundary`, one for each element in flight.
 *
 * 1. A processor serves one element at a time. Idle ones are used again. One whose element failed is torn down.
 * 2. Between `close` and the next `open` there are none: busy processors are torn down too, which ends their elements'
 *    calls.
 */
import type { WindowedValue } from "../values";
import type { InFlight, Receiver, StageRun } from "./contract";

export interface Output {
  readonly pcollectionId: string;
  readonly element: WindowedValue<unknown>;
}

export interface StageAndInput {
  readonly stage: StageRun;
  readonly input: Receiver;
}

/** Makes the operators behind the boundary, whose outputs go to `sink`, and returns them with their input. */
export type ProcessorBuilder = (sink: (output: Output) => void, inFlight: InFlight) => StageAndInput;

export interface Processor extends StageAndInput {
  readonly outputs: Output[];
  /** True when its element asked to begin anew. */
  isAgain: boolean;
}

export class Processors {
  private readonly idle: Processor[] = [];
  private readonly busy = new Set<Processor>();
  private isOpen = false;

  /** `count` tells how many elements are in flight. */
  constructor(
    private readonly build: ProcessorBuilder,
    private readonly count: () => number,
  ) {}

  open(): void {
    this.isOpen = true;
  }

  async take(): Promise<Processor> {
    const processor = this.idle.pop() ?? (await this.make());
    this.busy.add(processor);
    return processor;
  }

  /** Must be called when the processor's element has completed. */
  release(processor: Processor): void {
    if (!this.busy.delete(processor)) return;
    if (this.isOpen) this.idle.push(processor);
    else void processor.stage.teardown().catch(() => undefined);
  }

  /** Must be called when the processor's element has failed. */
  discard(processor: Processor): void {
    if (this.busy.delete(processor)) void processor.stage.teardown().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.isOpen = false;
    const processors = [...this.idle.splice(0), ...this.busy];
    this.busy.clear();
    await Promise.all(processors.map(({ stage }) => stage.teardown().catch(() => undefined)));
  }

  private async make(): Promise<Processor> {
    const outputs: Output[] = [];
    const { count } = this;
    const inFlight: InFlight = {
      get count(): number {
        return count();
      },
      again: () => void (processor.isAgain = true),
    };
    const processor: Processor = {
      ...this.build((output) => void outputs.push(output), inFlight),
      outputs,
      isAgain: false,
    };
    await processor.stage.setup();
    return processor;
  }
}
