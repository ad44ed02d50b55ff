/**
 * Looks whether a job that the service calls RUNNING does its work. The service says so as well of a job that restarts
 * over and over, and of one that reaches nothing from its VPC.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../src/chat/errors";
import { settledApplication } from "./application";
import type { Context } from "./context";
import { newestFigures } from "./figures";
import { type Signs, signsSince } from "./log";
import { sentenceOf } from "./down-reason";
import { vpcWarnings } from "./vpc";

/** Looks until a clean log has to do. CloudWatch has a metric two minutes after it was published. */
const MAX_LOOKS = 60;
/** The same for somebody who may not see metrics: the log has a line within seconds. */
const MAX_LOOKS_AT_LOG = 12;
/** More restarts than this are a loop; one may be due to a machine. */
export const MAX_RESTARTS = 1;

/**
 * Resolves when the job has read from its stream since then, or when its log stays free of errors for some minutes.
 * Rejects as `refuseTrouble` does.
 */
export async function awaitWork(context: Context, sinceMs: number): Promise<void> {
  const { aws, say } = context;
  say("It runs: waiting for a sign that it reads the stream …");
  for (let look = 1; look <= MAX_LOOKS; look++) {
    await refuseTrouble(context, sinceMs);
    const isReading = await hasRead(context, sinceMs);
    if (isReading === true) return;
    if (isReading === undefined && look === MAX_LOOKS_AT_LOG) break;
    await sleep(aws.pollMs);
  }
  say("There is no sign of that yet, and no error in its log either: npm run msf -- doctor looks again.");
}

/**
 * Rejects with DEPLOYMENT when the job does not run, or when its log since then has a failure, restarts over and over,
 * or a service that it does not reach.
 */
export async function refuseTrouble(context: Context, sinceMs: number): Promise<void> {
  const { aws, name, say } = context;
  const status = (await settledApplication(aws, name, say))?.status ?? "gone";
  const trouble = await troubleOf(context, await signsSince(aws, name, sinceMs));
  if (status === "RUNNING" && trouble === undefined) return;
  throw new JobError(
    "DEPLOYMENT",
    `${name} is ${status}, but does not work: ${trouble ?? "the log may say why (npm run msf -- logs)."}`,
  );
}

async function troubleOf({ aws, line }: Context, signs: Signs): Promise<string | undefined> {
  const { failure, unanswered, restarts } = signs;
  if (failure !== undefined) return sentenceOf(failure);
  // A VPC without a way out is the likely reason.
  if (unanswered.length > 0) return [...unanswered, ...(await vpcWarnings(aws, line))].join(" ");
  if (restarts <= MAX_RESTARTS) return undefined;
  return `Flink has restarted it ${restarts} times: npm run msf -- logs shows why.`;
}

/** Undefined when these credentials may not see metrics. */
async function hasRead({ aws, name }: Context, sinceMs: number): Promise<boolean | undefined> {
  try {
    const { millisBehindLatest } = await newestFigures(aws, name, ["millisBehindLatest"], sinceMs);
    return millisBehindLatest !== undefined;
  } catch (error) {
    if (error instanceof JobError && error.code === "ACCESS_DENIED") return undefined;
    throw error;
  }
}
