/**
 * The node of a GroupByKey.
 *
 * 1. Elements go into the GroupByKey's state at once. The node has no queue, and it has room when its consumers have
 *    room. So a slow stage behind a GroupByKey stops the reading before it, and closed windows do not pile up here.
 * 2. Due windows fire only while there is room downstream. Until they have fired, they hold the output watermark.
 */
import type { KV, WindowedValue } from "../values";
import { GroupByKey } from "./group-by-key";
import { type Node, producedWatermarkMs } from "./node";
import type { Outlet } from "./outlet";
import type { Random } from "./random";
import type { GroupSpec } from "./graph";
import type { Strategy } from "./windowing-strategy";

export interface GroupNodeContext {
  nowMs(): number;
  wake(): void;
  isSliceOver(): boolean;
  readonly random: Random | undefined;
}

export class GroupNode implements Node {
  readonly producers: Node[] = [];
  readonly group: GroupByKey;
  private outlet!: Outlet;

  constructor(
    readonly spec: GroupSpec,
    strategy: Strategy,
    encodeKey: (key: unknown) => string,
    private readonly context: GroupNodeContext,
  ) {
    this.group = new GroupByKey({
      strategy,
      encodeKey,
      emit: (pane) => this.outlet.send(spec.outputId, pane),
      nowMs: () => context.nowMs(),
      ...(context.random === undefined ? {} : { random: context.random }),
    });
  }

  get name(): string {
    return this.spec.name;
  }

  get inputWatermarkMs(): number {
    return this.group.inputWatermarkMs;
  }

  get outputWatermarkMs(): number {
    return this.group.outputWatermarkMs;
  }

  connect(outlet: Outlet): void {
    this.outlet = outlet;
  }

  offer(element: WindowedValue<unknown>): void {
    const wakeMs = this.group.nextProcessingTimeMs();
    this.group.add(element as WindowedValue<KV<unknown, unknown>>);
    if (this.group.nextProcessingTimeMs() < wakeMs) this.context.wake();
  }

  hasRoom(): boolean {
    return this.outlet.hasRoom();
  }

  updateWatermarks(): void {
    this.group.advanceTo(producedWatermarkMs(this.producers));
    this.group.updateOutputWatermark();
  }

  runOnce(): boolean {
    const processingIsDue = this.nextWakeMs() <= this.context.nowMs();
    if ((!this.group.isDue() && !processingIsDue) || !this.outlet.hasRoom()) return false;
    const mayGoOn = () => !this.context.isSliceOver() && this.outlet.hasRoom();
    this.group.fireProcessingTime(mayGoOn);
    this.group.fireDue(mayGoOn);
    return true;
  }

  isBusy(): boolean {
    return this.group.isDue();
  }

  isInFlight(): boolean {
    return false;
  }

  nextWakeMs(): number {
    return this.group.nextProcessingTimeMs();
  }
}
