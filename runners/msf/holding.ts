/** What holds people's data: never removed without a question, and never exchanged under a running job. */
import { JobError } from "../../src/chat/errors";
import type { Aws } from "./aws";
import type { Difference } from "./compare";
import { type Context, commandValues } from "./context";
import { refuseExistingStream } from "./own-stream";
import type { Deployment } from "./settings";
import { STREAM, streamRead } from "./template";
import type { Template } from "./template/document";

const HOLDING: Readonly<Record<string, string>> = {
  "AWS::Kinesis::Stream": "the stream",
  "AWS::OpenSearchService::Domain": "the OpenSearch domain",
};

/** In words, for these types of resources. */
export function heldBy(types: readonly string[]): readonly string[] {
  return types.flatMap((type) => HOLDING[type] ?? []);
}

/** What a change would remove with all that it holds. */
export function lostBy(changes: readonly Difference[]): readonly string[] {
  return heldBy(changes.filter(({ kind }) => kind === "removed").map(({ type }) => type));
}

/** Asks for the name of the deployment. Rejects with BAD_OPTION when it is not typed, unless --yes was given. */
export async function confirm(context: Context, what: string): Promise<void> {
  if (commandValues(context).yes) return;
  const answer = await context.ask(`This removes ${what}. Type ${context.name} to go on: `);
  if (answer === context.name) return;
  throw new JobError(
    "BAD_OPTION",
    answer === undefined ? "Nobody is there to be asked: --yes does it without a question." : "Nothing was removed.",
  );
}

/**
 * An update goes on with the positions that the job had in its stream, which mean nothing in another. Rejects with
 * BAD_OPTION when the stream would be another one, or would be removed or made under the job.
 */
export async function refuseOtherStream(aws: Aws, now: Template, { stream, properties }: Deployment): Promise<void> {
  const before = streamRead(now);
  if (before !== properties["stream"]) {
    throw new JobError(
      "BAD_OPTION",
      `An update cannot read another stream: the job would look for its positions in ${before} there; deploy another application under another --name for ${stream.name}, or destroy this one first.`,
    );
  }
  const isOfStack = now.Resources[STREAM] !== undefined;
  if (isOfStack && stream.kind === "own") {
    throw new JobError(
      "BAD_OPTION",
      `An update with --own-stream would delete the stream ${stream.name}, which deploy made: leave it out.`,
    );
  }
  if (!isOfStack && stream.kind === "new") await refuseExistingStream(aws, stream.name);
}
