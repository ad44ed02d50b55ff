/** Elements of one size through two groupings, and a note of which process saw how many of them in which stage. */
import { appendFileSync } from "node:fs";
import {
  BytesCoder,
  doFn,
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
  withName,
} from "../../../src/beam";
import type { KV } from "../../../src/beam/values";

/** Outputs of the source before it checkpoints itself: its own bundles stay small. */
const AT_ONCE = 8;

export interface LargeElements {
  readonly count: number;
  readonly bytes: number;
  /** Gets a line `<stage> <process> <bytes>` for each element. */
  readonly file: string;
}

const keyed = new KVCoder(new StrUtf8Coder(), new BytesCoder());

const largeElements = splittableDoFn("largeElements", {
  restriction: jsonCoder<OffsetRange>("test:coder:large_range", 1),
  bounded: true,
  outputs: { main: keyed },
  open: ({ count, bytes }: LargeElements) => ({
    initialRestriction: (_element: Uint8Array) => ({ from: 0, to: count }),
    newTracker: (_element, range) => new OffsetRangeTracker(range),
    async process(_element, tracker, { emit }) {
      const { from } = tracker.currentRestriction();
      for (let index = from; tracker.tryClaim(index); index++) {
        await emit("main", { key: `key-${index}`, value: Buffer.alloc(bytes, index) }, 0);
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
  open: ({ stage, file }: NoteSettings) => ({
    process({ key, value }: KV<string, Iterable<Uint8Array>>, emit) {
      for (const bytes of value) {
        appendFileSync(file, `${stage} ${process.pid} ${bytes.length}\n`);
        void emit("main", { key, value: bytes });
      }
    },
  }),
});

/** All elements leave each grouping at once, when the source has ended. */
export function groupLargeElements(root: Root, settings: LargeElements): void {
  const first = root.apply(impulse()).apply(largeElements(settings)).main;
  const grouped = first.apply(withName("group", groupByKey()));
  const second = grouped.apply(withName("first", noteElements({ ...settings, stage: "first" }))).main;
  const again = second.apply(withName("group again", groupByKey()));
  again.apply(withName("second", noteElements({ ...settings, stage: "second" })));
}
