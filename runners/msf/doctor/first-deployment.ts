/** Looks at what only a deployment can tell: how the service runs worker processes, memory outside Java, and main(). */
import { examine, type Finding, type Seen, skipped } from "../../../src/cli/doctor/finding";
import type { Aws } from "../aws";
import { newestFigures } from "../figures";
import { lastStartSeconds } from "../history";

/** Metrics come every minute, and reach CloudWatch within two more. */
const METRICS_MS = 15 * 60_000;
/** The share at which the alarm goes off. */
const FULL_PERCENT = 90;

const WORKERS = { name: "worker processes", expected: "they run below java.io.tmpdir, with the role's credentials" };
const MEMORY = { name: "memory of Java, RocksDB and Node.js", expected: `below ${FULL_PERCENT} % of a container` };
const MAIN = { name: "time of a start, main() included", expected: "a start that ended" };

export async function examineFirstDeployment(aws: Aws, name: string, isRunning: boolean): Promise<readonly Finding[]> {
  const start = examine(MAIN, async () => judgeStart(await lastStartSeconds(aws, name)));
  if (!isRunning) return [skipped(WORKERS, "no job runs"), skipped(MEMORY, "no job runs"), await start];
  const metrics = ["millisBehindLatest", "containerMemoryUtilization"] as const;
  const figures = newestFigures(aws, name, metrics, Date.now() - METRICS_MS);
  // Each look is told of trouble with the figures by itself.
  figures.catch(() => undefined);
  return Promise.all([
    examine(WORKERS, async () => judgeWorkers((await figures).millisBehindLatest)),
    examine(MEMORY, async () => judgeMemory((await figures).containerMemoryUtilization)),
    start,
  ]);
}

/**
 * Only a worker that runs, and has read from the stream with the role's credentials, publishes how far behind it is.
 */
export function judgeWorkers(millisBehindLatest: number | undefined): Seen {
  if (millisBehindLatest !== undefined) return { found: "they do: one has read from the stream" };
  const cure =
    'npm run msf -- logs shows why: "cannot be executed" means that files below java.io.tmpdir may not run, and NO_CREDENTIALS that the role does not reach the processes.';
  return { found: "none has read from the stream for 15 minutes", cure };
}

export function judgeMemory(percent: number | undefined): Seen {
  if (percent === undefined) return { found: "the service has published none yet" };
  const facts = { percent: Math.round(percent) };
  const found = `the fullest container is at ${facts.percent} %`;
  if (percent < FULL_PERCENT) return { found, facts };
  return { found, facts, cure: "npm run msf -- update with a higher --parallelism spreads the state over more KPUs." };
}

export function judgeStart(seconds: number | undefined): Seen {
  if (seconds === undefined) return { found: "the service tells of none" };
  return { found: `the last one took ${seconds} s`, facts: { seconds } };
}
