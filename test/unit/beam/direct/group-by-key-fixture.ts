import { GroupByKey } from "../../../../src/beam/direct/group-by-key";
import { defaultTrigger } from "../../../../src/beam/direct/triggers/leaves";
import type { Strategy } from "../../../../src/beam/direct/windowing-strategy";
import { type IntervalWindow, type KV, NO_FIRING, type WindowedValue } from "../../../../src/beam/values";

export type Emitted = WindowedValue<KV<unknown, readonly unknown[]>>;

export const PLAIN: Strategy = {
  merging: true,
  trigger: defaultTrigger,
  accumulating: false,
  outputTime: "endOfWindow",
  allowedLatenessMs: 0,
  closeAlways: false,
  onTimeAlways: true,
};

/** A GroupByKey over sessions or fixed windows, without anything around it. */
export class Grouping {
  readonly panes: Emitted[] = [];
  nowMs = 0;
  readonly group: GroupByKey;

  constructor(
    strategy: Partial<Strategy> = {},
    private readonly windowOf: (timestampMs: number) => IntervalWindow = sessionsOf(10),
  ) {
    this.group = new GroupByKey({
      strategy: { ...PLAIN, ...strategy },
      encodeKey: String,
      emit: (pane) => this.panes.push(pane),
      nowMs: () => this.nowMs,
    });
  }

  add(key: string, timestampMs: number, value: unknown = timestampMs): void {
    const windows = [this.windowOf(timestampMs)];
    this.group.add({ value: { key, value }, timestampMs, windows, pane: NO_FIRING });
  }

  watermark(ms: number): void {
    this.group.advanceTo(ms);
    this.group.fireDue(() => true);
    this.group.updateOutputWatermark();
  }

  /** The output since the last call: [sorted values, window, timing, index]. */
  taken(): unknown[] {
    return this.panes
      .splice(0)
      .map(({ value, windows, pane }) => [
        value.value.toSorted((a, b) => Number(a) - Number(b)),
        [windows[0]!.startMs, windows[0]!.endMs],
        pane.timing,
        pane.index,
      ]);
  }
}

export function sessionsOf(gapMs: number): (timestampMs: number) => IntervalWindow {
  return (timestampMs) => ({ startMs: timestampMs, endMs: timestampMs + gapMs });
}

export function fixedOf(sizeMs: number): (timestampMs: number) => IntervalWindow {
  return (timestampMs) => {
    const startMs = Math.floor(timestampMs / sizeMs) * sizeMs;
    return { startMs, endMs: startMs + sizeMs };
  };
}
