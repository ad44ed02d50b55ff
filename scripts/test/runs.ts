/** Which test files run together, and in which order. Pure. */
import type { PhaseFiles } from "./selection";

/** Files that one mocha runs. */
export interface TestRun {
  readonly name: string;
  readonly files: readonly string[];
  readonly filesAtOnce: number;
  readonly timeoutMs: number;
}

/**
 * Files of more than half a minute by their times in CI, roughly the longest first: one that began late would have a
 * processor to itself at the end. Those that mostly wait stand between those that compute. Files that are missing here
 * run behind these.
 */
export const LONG_FILES: readonly string[] = [
  "test/e2e/rehearsal/managed-service.test.ts",
  "test/integration/cli/pipeline.test.ts",
  "test/integration/flink/idle.test.ts",
  "test/integration/flink/state.test.ts",
  "test/integration/job/amend.test.ts",
  "test/e2e/faults/outages.test.ts",
  "test/integration/job/files.test.ts",
  "test/integration/job/cluster.test.ts",
  "test/integration/job/erase.test.ts",
  "test/integration/job/flink.test.ts",
  "test/integration/bench.test.ts",
  "test/integration/job/reshard.test.ts",
  "test/conformance/flink-elements.test.ts",
  "test/conformance/flink-time.test.ts",
  "test/integration/cli/start.test.ts",
  "test/e2e/rehearsal/wrong-inputs.test.ts",
  "test/integration/job/histories.test.ts",
  "test/integration/page/browser.test.ts",
  "test/e2e/faults/flink-outage.test.ts",
  "test/security/large-records.test.ts",
  "test/integration/alerts/flink.test.ts",
  "test/integration/cli/start-trouble.test.ts",
  "test/integration/opensearch/trouble.test.ts",
  "test/security/flink.test.ts",
  "test/integration/kinesis/source.test.ts",
  "test/integration/job/chat.test.ts",
  "test/conformance/direct.test.ts",
  "test/e2e/faults/kills.test.ts",
  "test/integration/flink/java.test.ts",
  "test/integration/package.test.ts",
  "test/integration/flink/large-bundles.test.ts",
  "test/integration/flink/worker-folder.test.ts",
  "test/integration/job/refusing-index.test.ts",
  "test/integration/pipeline-mistakes.test.ts",
  "test/integration/job/renew-vectors.test.ts",
  "test/integration/job/privacy.test.ts",
];

/**
 * Files that mostly wait: they leave a processor and a half to a phase that has company, for about as long as it takes.
 */
export const LIGHT_FILES: readonly string[] = [
  "test/integration/kinesis/source.test.ts",
  "test/integration/kinesis/reshard.test.ts",
  "test/integration/bedrock/refusals.test.ts",
  "test/integration/bedrock/faults.test.ts",
  "test/integration/cli/refusals.test.ts",
];

/**
 * Joins neighbouring phases that need the same, and puts their long files first. A phase that has company gets the
 * light files of the others.
 */
export function runsOf(tests: readonly Required<PhaseFiles>[]): readonly TestRun[] {
  const runs: TestRun[] = [];
  for (const [place, { phase, files }] of tests.entries()) {
    const before = runs.at(-1);
    const neighbour = tests[place - 1]?.phase;
    const isJoined = neighbour?.filesAtOnce === phase.filesAtOnce && neighbour.needsJava === phase.needsJava;
    if (before === undefined || !isJoined) {
      const { name, filesAtOnce, timeoutMs } = phase;
      runs.push({ name, files, filesAtOnce, timeoutMs });
      continue;
    }
    runs[runs.length - 1] = {
      ...before,
      name: `${before.name}, ${phase.name}`,
      files: [...before.files, ...files],
      timeoutMs: Math.max(before.timeoutMs, phase.timeoutMs),
    };
  }
  const sorted = runs.map((run) => ({ ...run, files: run.files.toSorted((a, b) => placeOf(a) - placeOf(b)) }));
  const host = tests.find(({ phase }) => phase.hasCompany === true)?.phase.name;
  return host === undefined || runs.length === 1 ? sorted : withCompany(sorted, host);
}

function withCompany(runs: readonly TestRun[], host: string): readonly TestRun[] {
  const light = runs.flatMap(({ files }) => files.filter((file) => LIGHT_FILES.includes(file)));
  return runs.map((run) =>
    run.name === host
      ? { ...run, files: [...run.files, ...light], filesAtOnce: run.filesAtOnce + 1 }
      : { ...run, files: run.files.filter((file) => !light.includes(file)) },
  );
}

function placeOf(file: string): number {
  const place = LONG_FILES.indexOf(file);
  return place === -1 ? LONG_FILES.length : place;
}
