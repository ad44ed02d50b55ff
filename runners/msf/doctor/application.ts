/** Looks at the application itself: its state, changes, snapshots, log and metrics. */
import { examine, type Finding, type Seen, skipped } from "../../../src/cli/doctor/finding";
import { typed } from "../../../src/options/command-line";
import { type Application, isPassing, isStopped } from "../application";
import type { Context } from "../context";
import { newestFigures } from "../figures";
import { failedOperation, MAX_SNAPSHOTS, snapshots } from "../history";
import { signsSince } from "../log";
import { DEPLOYMENT } from "../options";
import { presentSinceMs, sentenceOf, WITHOUT_SNAPSHOT } from "../down-reason";
import { MAX_RESTARTS } from "../await-work";

/** Metrics come every minute, and reach CloudWatch within two more. */
const METRICS_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
const METRICS = [
  "millisBehindLatest",
  "fullRestarts",
  "throttles",
  "deadLetters",
  "containerMemoryUtilization",
] as const;
/** Share of the service's limit of snapshots from which they are too many. */
const MANY_SNAPSHOTS = 0.9 * MAX_SNAPSHOTS;

export interface Expected {
  /** Flink's version in the stack's template. */
  readonly runtime: string;
  /** Retention of the stream; undefined when it could not be looked at. */
  readonly retentionHours: number | undefined;
}

export async function examineApplication(
  context: Context,
  application: Application | undefined,
  { runtime, retentionHours }: Expected,
): Promise<readonly Finding[]> {
  const { aws, name } = context;
  const isRunning = application?.status === "RUNNING";
  const state = { name: "kinesisanalytics:DescribeApplication", expected: `RUNNING, on ${runtime}` };
  const operation = { name: "kinesisanalytics:ListApplicationOperations", expected: "the last change succeeded" };
  const snapshot = { name: "kinesisanalytics:ListApplicationSnapshots", expected: "one that the stream still reaches" };
  const log = { name: "logs:FilterLogEvents", expected: "no failure of the job" };
  const metrics = { name: "cloudwatch:GetMetricStatistics", expected: "a job that reads, and keeps up" };
  return Promise.all([
    examine(state, async () => judgeState(application, runtime)),
    examine(operation, async () => {
      const failed = await failedOperation(aws, name);
      return failed === undefined
        ? { found: "the last change succeeded" }
        : { found: "the last change failed", cure: failed };
    }),
    examine(snapshot, () => seeSnapshots(context, isRunning, retentionHours)),
    examine(log, () => seeLog(context)),
    isRunning ? examine(metrics, () => seeMetrics(context)) : skipped(metrics, "no job runs"),
  ]);
}

async function seeLog({ aws, name }: Context): Promise<Seen> {
  const { failure, unanswered, restarts } = await signsSince(aws, name, await presentSinceMs(aws, name));
  const facts = { restarts };
  if (failure !== undefined) {
    const { code, atMs } = failure;
    return { found: `${code} at ${new Date(atMs).toISOString()}`, facts, cure: sentenceOf(failure) };
  }
  if (unanswered.length > 0) {
    return { found: `${unanswered.length} services did not answer at the start`, facts, cure: unanswered.join(" ") };
  }
  const found = `none since the last start; Flink restarted the job ${restarts} times`;
  return restarts <= MAX_RESTARTS ? { found, facts } : { found, facts, cure: "npm run msf -- logs shows why." };
}

/** Judges the application's state beside that of its template. */
function judgeState(application: Application | undefined, runtime: string): Seen {
  if (application === undefined) return { found: "it is gone", cure: "npm run msf -- deploy makes it again." };
  const { status, versionId, parallelism = 0 } = application;
  const facts = { status, versionId, parallelism, runtime: application.runtime };
  const found = `${status}, version ${versionId} on ${application.runtime}, parallelism ${parallelism}`;
  if (isStopped(application)) return { found, facts, cure: "npm run msf -- deploy starts it." };
  if (isPassing(application)) return { found, facts, cure: "Wait for the end of that, and look again." };
  if (status !== "RUNNING") return { found, facts, cure: "See the application in the AWS console." };
  if (application.runtime === runtime) return { found, facts };
  return { found, facts, cure: `Somebody changed it: npm run msf -- update --runtime ${runtime} changes it back.` };
}

async function seeSnapshots(
  { aws, name }: Context,
  isRunning: boolean,
  retentionHours: number | undefined,
): Promise<Seen> {
  const all = await snapshots(aws, name);
  const [newest] = all;
  if (newest === undefined) return { found: "none: the first stop or update makes one", facts: { snapshots: 0 } };
  const ageHours = Math.floor((Date.now() - newest.created.getTime()) / HOUR_MS);
  const facts = { snapshots: all.length, ageHours };
  const found = `${all.length}, the newest ${ageHours} h old`;
  if (all.length > MANY_SNAPSHOTS) {
    return {
      found,
      facts,
      cure: `The service takes ${MAX_SNAPSHOTS}: npm run msf -- update --keep-snapshots 20 removes old ones.`,
    };
  }
  if (isRunning || retentionHours === undefined || ageHours < retentionHours) return { found, facts };
  const cure = `The stream keeps ${retentionHours} h, so what came between is gone. If deploy cannot start the job from there: ${WITHOUT_SNAPSHOT}.`;
  return { found, facts, cure };
}

async function seeMetrics({ aws, name, line }: Context): Promise<Seen> {
  const figures = await newestFigures(aws, name, METRICS, Date.now() - METRICS_MS);
  const facts = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as Record<
    string,
    number
  >;
  const { millisBehindLatest: behindMs } = figures;
  if (behindMs === undefined) {
    return {
      found: "no metric of the job's own for 15 minutes",
      facts,
      cure: "npm run msf -- logs shows what it does instead of reading.",
    };
  }
  const found = `it is ${behindMs} ms behind the stream`;
  if (behindMs <= typed(line, DEPLOYMENT).lagAlarm) return { found, facts };
  return { found, facts, cure: 'See "Lag" under "Alarms" in docs/managed-flink.md.' };
}
