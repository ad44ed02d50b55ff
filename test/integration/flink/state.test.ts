/**
 * A source without end checkpoints itself for ever, and the state that Flink keeps of it must not grow:
 * BundleCheckpointHandlers of src/beam/java sees to that, for elements behind asyncBoundary, too. The tests with Beam's
 * own class show that the others can fail; when they fail themselves, the Beam in use has mended its class, and ours
 * can go.
 */
import assert from "node:assert/strict";
import pLimit from "p-limit";
import { asyncBoundary } from "../../../src/beam/authoring/async-boundary";
import { type PCollection, withName } from "../../../src/beam/sdk";
import { recordCalls } from "../../../src/beam/testing/fns/async";
import { countingSource } from "../../../src/beam/testing/fns/counting-source";
import { anyCoder } from "../../../src/beam/testing/support/coders";
import type { Job } from "../../../src/beam/testing/support/job";
import { KEPT_STATE_LIMIT_MS, keptState, type KeptStateOptions } from "../../support/flink/kept-state";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

/** One self-checkpoint for each element. */
const OF_SOURCE = { checkpointEvery: 1, few: 50 } as const;
const OF_BOUNDARY = { backend: "hashmap", checkpointEvery: 20, few: 100 } as const;

interface Case extends Omit<KeptStateOptions, "folder"> {
  readonly title: string;
  /** Bound of the growth between the first and the last look. */
  readonly growsBy: { readonly lessThan: number } | { readonly moreThan: number };
}

const ofSource = (backend: "hashmap" | "rocksdb"): readonly Case[] => [
  {
    title: `of a source stays as large as it is over a thousand self-checkpoints, in ${backend}`,
    ...{ backend, isBeams: false, ...OF_SOURCE, many: 1_500 },
    growsBy: { lessThan: 1.01 },
  },
  {
    title: `of a source grows with Beam's own class over some hundreds, in ${backend}`,
    ...{ backend, isBeams: true, ...OF_SOURCE, many: 250 },
    growsBy: { moreThan: 1.5 },
  },
];

const CASES: readonly Case[] = [
  ...ofSource("hashmap"),
  ...ofSource("rocksdb"),
  {
    title: "of elements behind asyncBoundary goes when they are done",
    ...{ isBeams: false, ...OF_BOUNDARY, through: callsBehindBoundary, many: 1_600 },
    growsBy: { lessThan: 1.01 },
  },
  {
    title: "of elements goes when the last of their restrictions is done",
    ...{ isBeams: false, ...OF_BOUNDARY, through: counted, outputsEach: 2, many: 2_000 },
    growsBy: { lessThan: 1.01 },
  },
  {
    title: "of elements behind asyncBoundary grows with Beam's own class",
    ...{ isBeams: true, ...OF_BOUNDARY, through: callsBehindBoundary, many: 1_500 },
    growsBy: { moreThan: 1.5 },
  },
];

describe("What Flink keeps", function () {
  this.timeout(3 * KEPT_STATE_LIMIT_MS);
  let folder = "";
  let kept: readonly ReturnType<typeof keptState>[] = [];

  before(() => {
    folder = makeFolder("flink-state");
    // Two at a time, because a chain of self-checkpoints keeps less than one processor busy.
    const limit = pLimit(2);
    kept = CASES.map((options) => limit(() => keptState({ folder, ...options })));
    for (const each of kept) each.catch(() => undefined);
  });
  after(async () => {
    await Promise.allSettled(kept);
    await removeFolder(folder);
  });

  for (const [index, { title, growsBy }] of CASES.entries()) {
    it(title, async () => {
      const { few, many } = await kept[index]!;
      const isRight = "lessThan" in growsBy ? many < few * growsBy.lessThan : many > few * growsBy.moreThan;
      assert.ok(isRight, `${few} bytes at first, then ${many}`);
    });
  }
});

function callsBehindBoundary(texts: PCollection<string>, job: Job): PCollection<string> {
  const apart = texts.apply(asyncBoundary(anyCoder<string>(), { maxElements: 20 }));
  const directory = job.folder("calls");
  return apart.apply(recordCalls<string>({ maxConcurrentCalls: 20, callMs: 1, directory })).main;
}

/** Emits each text twice, from one restriction with a checkpoint in between. */
function counted(texts: PCollection<string>): PCollection<string> {
  const counts = texts.map((name: string) => ({ name, count: 2 }));
  const pace = { parts: 1, checkpointEvery: 1, delayMs: 0, seed: 1 };
  return counts.apply(withName("count", countingSource(pace))).main;
}
