import assert from "node:assert/strict";
import { afterWatermark } from "../../../../src/beam/direct/triggers/after-watermark";
import { afterAll, afterAny, afterEach, orFinally, repeat } from "../../../../src/beam/direct/triggers/composites";
import { triggerFromProto } from "../../../../src/beam/direct/triggers/from-proto";
import {
  afterProcessingTime,
  always,
  defaultTrigger,
  elementCount,
  never,
} from "../../../../src/beam/direct/triggers/leaves";
import type { Trigger, TriggerContext, TriggerState } from "../../../../src/beam/direct/triggers/trigger";
import { BeamError } from "../../../../src/beam/error";

/** One window under one trigger, played by hand. */
class Played {
  readonly timers: number[] = [];
  nowMs = 0;
  atEnd = false;

  constructor(
    private readonly trigger: Trigger,
    readonly state: TriggerState = trigger.createState(),
    private readonly merging = false,
  ) {}

  get context(): TriggerContext {
    return {
      endOfWindowReached: this.atEnd,
      processingTimeMs: this.nowMs,
      merging: this.merging,
      setProcessingTimer: (timeMs) => this.timers.push(timeMs),
    };
  }

  /** True when the trigger fires after this element; it counts as fired then. */
  element(): boolean {
    this.trigger.onElement(this.state, this.context);
    return this.look();
  }

  look(): boolean {
    if (!this.trigger.shouldFire(this.state, this.context)) return false;
    this.trigger.onFire(this.state, this.context);
    return true;
  }

  endOfWindow(): boolean {
    this.atEnd = true;
    return this.look();
  }

  elements(count: number): boolean[] {
    return Array.from({ length: count }, () => this.element());
  }

  static merged(trigger: Trigger, ...windows: Played[]): Played {
    const merged = new Played(trigger, trigger.createState(), true);
    trigger.onMerge(
      merged.state,
      windows.map(({ state }) => state),
      merged.context,
    );
    return merged;
  }
}

describe("triggers", () => {
  it("default fires at the end of the window, then for every late element, and never finishes", () => {
    const played = new Played(defaultTrigger);
    assert.deepEqual(played.elements(2), [false, false]);
    assert.equal(played.endOfWindow(), true);
    assert.equal(played.element(), true);
    assert.equal(played.state.finished, false);
  });

  it("a count fires once", () => {
    const played = new Played(elementCount(2));
    assert.deepEqual(played.elements(2), [false, true]);
    assert.equal(played.state.finished, true);
  });

  it("a repeated count begins anew", () => {
    const played = new Played(repeat(elementCount(2)));
    assert.deepEqual(played.elements(5), [false, true, false, true, false]);
    assert.equal(played.state.finished, false);
  });

  it("counts of merged windows add up", () => {
    const trigger = repeat(elementCount(3));
    const [a, b] = [new Played(trigger), new Played(trigger)];
    a.element();
    b.element();
    assert.deepEqual(Played.merged(trigger, a, b).elements(2), [true, false]);
  });

  it("processing time counts from the pane's first element, and must have passed", () => {
    const played = new Played(repeat(afterProcessingTime(100)));
    played.nowMs = 1_000;
    played.element();
    played.nowMs = 1_050;
    assert.equal(played.element(), false);
    assert.deepEqual(played.timers, [1_100]);
    played.nowMs = 1_100;
    assert.equal(played.look(), false);
    played.nowMs = 1_101;
    assert.equal(played.look(), true);
    played.nowMs = 2_000;
    assert.equal(played.look(), false);
    played.element();
    assert.deepEqual(played.timers, [1_100, 2_100]);
  });

  it("merged windows keep the earliest processing time", () => {
    const trigger = afterProcessingTime(100);
    const [a, b] = [new Played(trigger), new Played(trigger)];
    a.nowMs = 50;
    a.element();
    b.nowMs = 20;
    b.element();
    assert.deepEqual(Played.merged(trigger, a, b).timers, [120]);
  });

  it("after the watermark: early firings, one on time, late firings", () => {
    const played = new Played(afterWatermark(elementCount(2), elementCount(1)));
    assert.deepEqual(played.elements(5), [false, true, false, true, false]);
    assert.equal(played.endOfWindow(), true);
    assert.equal(played.look(), false);
    assert.deepEqual(played.elements(2), [true, true]);
    assert.equal(played.state.finished, false);
  });

  it("after the watermark without late firings is finished at the end of the window", () => {
    const played = new Played(afterWatermark(elementCount(2)));
    played.element();
    assert.equal(played.endOfWindow(), true);
    assert.equal(played.state.finished, true);
  });

  it("a merged window that is not over goes back to early firings", () => {
    const trigger = afterWatermark(elementCount(2), elementCount(1));
    const over = new Played(trigger);
    over.element();
    over.endOfWindow();
    const merged = Played.merged(trigger, over, new Played(trigger));
    assert.deepEqual(merged.elements(2), [false, true]);
    assert.equal(merged.endOfWindow(), true);
  });

  it("any fires with the first, all with the last", () => {
    const any = new Played(afterAny([elementCount(2), elementCount(3)]));
    assert.deepEqual(any.elements(2), [false, true]);
    assert.equal(any.state.finished, true);
    const all = new Played(afterAll([elementCount(2), elementCount(3)]));
    assert.deepEqual(all.elements(3), [false, false, true]);
    assert.equal(all.state.finished, true);
  });

  it("each fires one after the other, then is finished", () => {
    const played = new Played(afterEach([elementCount(1), elementCount(2)]));
    assert.deepEqual(played.elements(3), [true, false, true]);
    assert.equal(played.state.finished, true);
  });

  it("or-finally ends with the last one", () => {
    const played = new Played(orFinally(repeat(elementCount(2)), elementCount(5)));
    assert.deepEqual(played.elements(5), [false, true, false, true, true]);
    assert.equal(played.state.finished, true);
  });

  it("never does not fire, always does", () => {
    const nothing = new Played(never);
    assert.equal(nothing.element(), false);
    assert.equal(nothing.endOfWindow(), false);
    assert.deepEqual(new Played(always).elements(2), [true, true]);
  });

  it("refuses by name what it does not know", () => {
    const trigger = { oneofKind: "afterSynchronizedProcessingTime", afterSynchronizedProcessingTime: {} } as const;
    assert.throws(
      () => triggerFromProto({ trigger }),
      (error) => error instanceof BeamError && /AfterSynchronizedProcessingTime/.test(error.message),
    );
  });
});
