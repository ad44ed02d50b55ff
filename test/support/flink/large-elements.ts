/** Elements of one size through two groupings, and a note of which process saw how many of them in which stage. */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  afterCount,
  afterWatermark,
  BytesCoder,
  doFn,
  globalWindows,
  groupByKey,
  impulse,
  jsonCoder,
  KVCoder,
  type OffsetRange,
  OffsetRangeTracker,
  resume,
  type Root,
  splittableDoFn,
  stop,
  StrUtf8Coder,
  windowing,
  windowInto,
  withName,
} from "../../../src/beam";
import type { KV } from "../../../src/beam/values";

/** What the source puts out before it checkpoints itself: its own bundles stay small. */
const AT_ONCE = 8;

export interface LargeElements {
  readonly count: number;
  readonly bytes: number;
  /** Gets a line `<stage> <process> <bytes>` for each element. */
  readonly file: string;
  /** Pause after each element; without it, elements come as fast as they can, eight at once. */
  readonly pauseMs?: number;
}

const keyed = new KVCoder(new StrUtf8Coder(), new BytesCoder());

const largeElements = splittableDoFn("largeElements", {
  restriction: jsonCoder<OffsetRange>("test:coder:large_range", 1),
  bounded: true,
  outputs: { main: keyed },
  open: ({ count, bytes, pauseMs }: LargeElements) => ({
    initialRestriction: (_element: Uint8Array) => ({ from: 0, to: count }),
    newTracker: (_element, range) => new OffsetRangeTracker(range),
    async process(_element, tracker, { emit }) {
      const { from } = tracker.currentRestriction();
      for (let index = from; tracker.tryClaim(index); index++) {
        await emit("main", { key: `key-${index}`, value: Buffer.alloc(bytes, index) }, 0);
        if (pauseMs !== undefined) {
          // Here, because Flink keeps no resume delay once Impulse has ended.
          await sleep(pauseMs);
          return resume(1);
        }
        if (index === from + AT_ONCE - 1) return resume(1);
      }
      return stop();
    },
  }),
});

interface NoteSettings extends LargeElements {
  readonly stage: string;
}

const noteElements = doFn("noteElements", {
  outputs: { main: keyed },
  open: ({ stage, file }: NoteSettings, { metrics }) => ({
    process({ key, value }: KV<string, Iterable<Uint8Array>>, emit) {
      for (const bytes of value) {
        metrics.counter(stage).inc();
        appendFileSync(file, `${stage} ${process.pid} ${bytes.length}\n`);
        void emit("main", { key, value: bytes });
      }
    },
  }),
});

/** All elements leave each grouping at once, when the source has ended; those that come with pauses leave it one by one. */
export function groupLargeElements(root: Root, settings: LargeElements): void {
  const strategy = settings.pauseMs === undefined ? {} : { trigger: afterWatermark({ early: afterCount(1) }) };
  const elements = root.apply(impulse()).apply(largeElements(settings)).main;
  const first = elements.apply(withName("windows", windowInto(globalWindows(), windowing(strategy))));
  const grouped = first.apply(withName("group", groupByKey()));
  const second = grouped.apply(withName("first", noteElements({ ...settings, stage: "first" }))).main;
  const again = second.apply(withName("group again", groupByKey()));
  again.apply(withName("second", noteElements({ ...settings, stage: "second" })));
}
