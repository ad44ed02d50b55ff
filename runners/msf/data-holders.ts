/**
 * Protects resources that hold people's data: they are never removed without a question, and never exchanged under a
 * running job.
 */
import { isDeepStrictEqual } from "node:util";
import { JobError } from "../../src/chat/errors";
import type { Aws } from "./aws";
import type { Difference } from "./template-changes";
import { type Context, commandValues } from "./context";
import { refuseExistingStream } from "./own-stream";
import type { Deployment } from "./settings";
import { DOMAIN, STREAM, streamRead } from "./template";
import type { Template } from "./template/document";

const HOLDING: Readonly<Record<string, string>> = {
  "AWS::Kinesis::Stream": "the stream",
  "AWS::OpenSearchService::Domain": "the OpenSearch domain",
};

/** Names of the data in these types of resources. */
export function heldBy(types: readonly string[]): readonly string[] {
  return types.flatMap((type) => HOLDING[type] ?? []);
}

/** Names of the data that a change would remove. */
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
 * Refuses to change the stream, because an update goes on with the job's positions in it, which mean nothing in
 * another. Rejects with BAD_OPTION when the stream would be another one, or would be removed or made under the job.
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

/** Properties that a domain keeps for its whole life, with the options that set them. */
const FOR_LIFE = {
  EncryptionAtRestOptions: "keeps the key that it was made with: leave --kms-key as it was",
  VPCOptions: "cannot move into or out of a VPC: leave --domain-in-vpc as it was",
  AdvancedSecurityOptions: "cannot do without fine-grained access control again: leave --master-user in",
} as const;

/** Rejects with BAD_OPTION for a change that would make CloudFormation replace the domain by an empty one. */
export function refuseRebuiltDomain(now: Template, next: Template): void {
  const [before, after] = [now, next].map(({ Resources }) => Resources[DOMAIN]?.Properties);
  if (before === undefined || after === undefined) return;
  const isSame = (property: keyof typeof FOR_LIFE): boolean => {
    const [old, future] = [before[property], after[property]];
    if (property === "EncryptionAtRestOptions") return isDeepStrictEqual(old, future);
    if (property === "VPCOptions") return (old === undefined) === (future === undefined);
    return old === undefined || future !== undefined;
  };
  for (const [property, sentence] of Object.entries(FOR_LIFE)) {
    if (isSame(property as keyof typeof FOR_LIFE)) continue;
    throw new JobError("BAD_OPTION", `The domain ${sentence}, or deploy another application under another --name.`);
  }
}
