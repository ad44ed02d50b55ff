/**
 * The elements of one side input, by window.
 *
 * 1. A window is ready when the side input's watermark has passed its end. With any trigger but the default one, it is
 *    ready as soon as a pane fired into it. It stays ready.
 * 2. A window is forgotten when no main input can ask for it any more.
 */
import { type IntervalWindow, maxTimestampMs, MIN_TIMESTAMP_MS, type WindowedValue } from "../values";
import { type Node, producedWatermarkMs } from "./node";
import type { SideInputSpec } from "./side-input-spec";

interface SideWindow {
  readonly window: IntervalWindow;
  values: unknown[];
  /** True when `values` was handed out, and so must not change. */
  shared: boolean;
}

export class SideInputNode implements Node {
  readonly producers: Node[] = [];
  inputWatermarkMs = MIN_TIMESTAMP_MS;
  private readonly windows = new Map<string, SideWindow>();

  constructor(
    readonly spec: SideInputSpec,
    readonly name: string,
    /** Called whenever a window may have become ready. */
    private readonly onChange: () => void,
  ) {}

  get outputWatermarkMs(): number {
    return this.inputWatermarkMs;
  }

  offer(element: WindowedValue<unknown>): void {
    for (const window of element.windows) {
      const id = windowId(window);
      const side = this.windows.get(id) ?? { window, values: [], shared: false };
      if (side.shared) {
        side.values = side.values.slice();
        side.shared = false;
      }
      side.values.push(element.value);
      this.windows.set(id, side);
    }
    if (this.spec.readyAtFirstPane) this.onChange();
  }

  hasRoom(): boolean {
    return true;
  }

  isReady(mainWindow: IntervalWindow): boolean {
    const window = this.spec.mapWindow(mainWindow);
    if (this.inputWatermarkMs > maxTimestampMs(window)) return true;
    return this.spec.readyAtFirstPane && this.windows.has(windowId(window));
  }

  /** Returns the elements of `window`, which is one of the side input's windows. */
  read(window: IntervalWindow): readonly unknown[] {
    const side = this.windows.get(windowId(window));
    if (side === undefined) return [];
    side.shared = true;
    return side.values;
  }

  /** Forgets the windows that a main input with the watermark `mainWatermarkMs` cannot ask for any more. */
  forgetBefore(mainWatermarkMs: number): void {
    const oldestMs = mainWatermarkMs - this.spec.allowedLatenessMs;
    for (const [id, { window }] of this.windows) if (maxTimestampMs(window) < oldestMs) this.windows.delete(id);
  }

  updateWatermarks(): void {
    const watermarkMs = producedWatermarkMs(this.producers);
    if (watermarkMs <= this.inputWatermarkMs) return;
    this.inputWatermarkMs = watermarkMs;
    this.onChange();
  }

  runOnce(): boolean {
    return false;
  }

  isBusy(): boolean {
    return false;
  }

  isInFlight(): boolean {
    return false;
  }

  nextWakeMs(): number {
    return Infinity;
  }
}

export function windowId(window: IntervalWindow): string {
  return `${window.startMs},${window.endMs}`;
}
