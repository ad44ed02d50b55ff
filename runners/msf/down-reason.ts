/**
 * Reasons of a job that does not run, in the job's own sentences, with the command that mends what only a command can.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FindReason } from "./application";
import type { Aws } from "./aws";
import type { Context } from "./context";
import { lastStart } from "./history";
import { type Failure, failureSince } from "./log";

/** Number of looks for a failure's reason: a line reaches CloudWatch some seconds after it was written. */
const LOOKS_FOR_REASON = 4;
/** Time before the present that is searched for a failure, if the job was not started since. */
const LOOK_BACK_MS = 24 * 3_600_000;

/** Starts the job at the position that its options name, when its snapshot's positions are of no use. */
export const WITHOUT_SNAPSHOT =
  "npm run msf -- stop --force, and then npm run msf -- deploy --without-snapshot, which reads from --start-position";

/** Kinesis's refusal of a position that is none of the stream's, as after it was made anew. */
const STRANGE_POSITION = /^Kinesis refused GetShardIterator\b/;

/** The failure's sentence; with a way out where the positions in a snapshot may be what is wrong. */
export function sentenceOf({ code, sentence }: Pick<Failure, "code" | "sentence">): string {
  const isStrange = code === "PIPELINE" && STRANGE_POSITION.test(sentence);
  if (code !== "STREAM_NOT_FOUND" && !isStrange) return sentence;
  return `${sentence} If the stream is there, but no longer where the job's snapshot stands: ${WITHOUT_SNAPSHOT}.`;
}

/** The time of the last start, or a day ago: what the log says since then is about the present job. */
export async function presentSinceMs(aws: Aws, name: string): Promise<number> {
  const started = await lastStart(aws, name);
  return Math.max(started?.getTime() ?? 0, Date.now() - LOOK_BACK_MS);
}

/** The newest failure of the present job. */
export async function lastFailure(aws: Aws, name: string): Promise<Failure | undefined> {
  return failureSince(aws, name, await presentSinceMs(aws, name));
}

/** Looks for the reason of a job that has run for a while. */
export function reasonOfRun({ aws, name }: Pick<Context, "aws" | "name">): FindReason {
  return async () => {
    const failure = await lastFailure(aws, name);
    return failure === undefined ? undefined : sentenceOf(failure);
  };
}

/** Looks for the reason of a start that has just failed, which may still be on its way to the log. */
export function reasonSince({ aws, name }: Pick<Context, "aws" | "name">, sinceMs: number): FindReason {
  return async () => {
    for (let look = 1; look <= LOOKS_FOR_REASON; look++) {
      const failure = await failureSince(aws, name, sinceMs);
      if (failure !== undefined) return sentenceOf(failure);
      await sleep(aws.pollMs);
    }
    return undefined;
  };
}
