/**
 * Sets of the operators behind a `detached`, one for each element under way.
 *
 * 1. A lane is one element's at a time; idle ones are used again. One whose element failed is torn down.
 * 2. Between `close` and the next `open` there are none: those still busy are torn down as well, which ends their ways.
 */
import type { WindowedValue } from "../values";
import type { Receiver, Siblings, StageRun } from "./contract";

export interface Output {
  readonly pcollectionId: string;
  readonly element: WindowedValue<unknown>;
}

export interface StageAndInput {
  readonly stage: StageRun;
  readonly input: Receiver;
}

/** Makes the operators behind `detached`, with their outputs going to `sink`, and says where elements go in. */
export type LaneBuilder = (sink: (output: Output) => void, siblings: Siblings) => StageAndInput;

export interface Lane extends StageAndInput {
  readonly outputs: Output[];
}

export class Lanes {
  private readonly idle: Lane[] = [];
  private readonly busy = new Set<Lane>();
  private isOpen = false;

  constructor(private readonly build: (sink: (output: Output) => void) => StageAndInput) {}

  open(): void {
    this.isOpen = true;
  }

  async take(): Promise<Lane> {
    const lane = this.idle.pop() ?? (await this.make());
    this.busy.add(lane);
    return lane;
  }

  /** Its element is through. */
  giveBack(lane: Lane): void {
    if (!this.busy.delete(lane)) return;
    if (this.isOpen) this.idle.push(lane);
    else void lane.stage.teardown().catch(() => undefined);
  }

  /** Its element failed. */
  discard(lane: Lane): void {
    if (this.busy.delete(lane)) void lane.stage.teardown().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.isOpen = false;
    const lanes = [...this.idle.splice(0), ...this.busy];
    this.busy.clear();
    await Promise.all(lanes.map(({ stage }) => stage.teardown().catch(() => undefined)));
  }

  private async make(): Promise<Lane> {
    const outputs: Output[] = [];
    const lane = { ...this.build((output) => void outputs.push(output)), outputs };
    await lane.stage.setup();
    return lane;
  }
}
