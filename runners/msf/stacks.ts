/** CloudFormation stacks: read, created, changed and deleted, with a line for each resource on the way. */
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  type StackEvent,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { setTimeout as sleep } from "node:timers/promises";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { type Aws, call } from "./aws";
import type { Template } from "./template/document";
import type { TemplatePlace } from "./template-place";
import { BOUNDARY_POLICY } from "./template/role";

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A domain takes a quarter of an hour, seldom twice that. */
const MAX_CHANGE_MS = 90 * 60_000;
const NOTHING_TO_DO = /no updates are to be performed/i;
const UNKNOWN_STACK = /does not exist/i;
/** The service's words about a role that it does not know yet, or that may not fetch the jar. */
const UNKNOWN_ROLE = /check the role provided/i;
const MAX_ROLE_ATTEMPTS = 3;
/** IAM is known to need seconds, and a new domain alone takes longer than this. */
const FRESH_MS = 5 * 60_000;

/** Returns the stack; undefined when none has that name. */
export async function findStack(aws: Aws, name: string): Promise<Stack | undefined> {
  try {
    const answer = await call(
      `looking for the stack ${name}`,
      () => aws.stacks.send(new DescribeStacksCommand({ StackName: name })),
      ["ValidationError"],
    );
    const found = answer.Stacks?.[0];
    if (found === undefined || found.StackStatus === "DELETE_COMPLETE") return undefined;
    return {
      id: found.StackId ?? name,
      name,
      status: found.StackStatus ?? "UNKNOWN",
      reason: found.StackStatusReason,
      outputs: Object.fromEntries(
        (found.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
      ),
    };
  } catch (error) {
    if (error instanceof Error && UNKNOWN_STACK.test(error.message)) return undefined;
    if (error instanceof BeamError) throw error;
    throw new JobError("DEPLOYMENT", `AWS refused the name ${name}: ${(error as Error).message}.`, { cause: error });
  }
}

/** Returns the template that the stack was made from. */
export async function stackTemplate(aws: Aws, name: string): Promise<Template> {
  const { TemplateBody } = await call(`reading the template of the stack ${name}`, () =>
    aws.stacks.send(new GetTemplateCommand({ StackName: name, TemplateStage: "Original" })),
  );
  try {
    return JSON.parse(TemplateBody ?? "") as Template;
  } catch (cause) {
    throw new JobError("DEPLOYMENT", `The stack ${name} was not made by this program: choose another --name.`, {
      cause,
    });
  }
}

/**
 * Resolves with the complete stack; rejects with DEPLOYMENT and the names of the parts that failed. Tries again when
 * the service does not know the stack's fresh role yet.
 */
export async function createStack(
  aws: Aws,
  name: string,
  place: TemplatePlace,
  say: (line: string) => void,
): Promise<Stack> {
  return whileRoleIsFresh(aws, name, say, async () => {
    const { StackId = name } = await call(`creating the stack ${name}`, () =>
      aws.stacks.send(
        new CreateStackCommand({
          StackName: name,
          ...place,
          Capabilities: ["CAPABILITY_IAM"],
          OnFailure: "DELETE",
        }),
      ),
    );
    return follow(aws, { name, id: StackId, since: new Date(0) }, say);
  });
}

/** Resolves with false when the stack has that form already. Tries again as `createStack` does. */
export async function updateStack(
  aws: Aws,
  stack: Stack,
  place: TemplatePlace,
  say: (line: string) => void,
): Promise<boolean> {
  return whileRoleIsFresh(aws, stack.name, say, async () => {
    const since = await newestEvent(aws, stack.id);
    try {
      await call(
        `changing the stack ${stack.name}`,
        () =>
          aws.stacks.send(
            new UpdateStackCommand({
              StackName: stack.name,
              ...place,
              Capabilities: ["CAPABILITY_IAM"],
            }),
          ),
        ["ValidationError"],
      );
    } catch (error) {
      if (error instanceof Error && NOTHING_TO_DO.test(error.message)) return false;
      if (error instanceof BeamError) throw error;
      const words = (error as Error).message;
      throw new JobError("DEPLOYMENT", `The stack ${stack.name} cannot be changed: ${words}.`, { cause: error });
    }
    await follow(aws, { name: stack.name, id: stack.id, since }, say);
    return true;
  });
}

/**
 * Makes a change again that failed because the service did not know a role yet that was made or changed a moment
 * before: IAM takes some seconds to tell everybody. A change that took long had no fresh role.
 */
async function whileRoleIsFresh<T>(
  aws: Aws,
  name: string,
  say: (line: string) => void,
  change: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const startMs = performance.now();
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof JobError) || !UNKNOWN_ROLE.test(error.message)) throw error;
      const isFresh = performance.now() - startMs < FRESH_MS;
      if (!isFresh || attempt === MAX_ROLE_ATTEMPTS) {
        const cure = `The service can use neither the job's role nor its jar. See that the policy ${BOUNDARY_POLICY} allows s3:GetObject on the bucket, and that no policy of the organization forbids it`;
        throw new JobError("DEPLOYMENT", `${error.message} ${cure}.`, { cause: error });
      }
      say("The service does not know the job's role yet, which was just made: once more …");
      await awaitRest(aws, name);
    }
  }
}

/**
 * Waits for what AWS does about a failed change: it takes an update back, and deletes a stack that could not be made.
 */
async function awaitRest(aws: Aws, name: string): Promise<void> {
  const deadlineMs = Date.now() + MAX_CHANGE_MS;
  while (Date.now() < deadlineMs) {
    const status = (await findStack(aws, name))?.status ?? "gone";
    if (!status.endsWith("_IN_PROGRESS") && status !== "CREATE_FAILED") return;
    await sleep(aws.pollMs);
  }
}

/** Resolves when all of the stack is gone. */
export async function deleteStack(aws: Aws, stack: Stack, say: (line: string) => void): Promise<void> {
  const since = await newestEvent(aws, stack.id);
  await call(`deleting the stack ${stack.name}`, () =>
    aws.stacks.send(new DeleteStackCommand({ StackName: stack.name })),
  );
  await follow(aws, { name: stack.name, id: stack.id, since }, say);
}

/** Resolves when the current change has ended, whoever started it. Rejects when it failed. */
export async function awaitStack(aws: Aws, { name, id }: Stack, say: (line: string) => void): Promise<Stack> {
  return follow(aws, { name, id, since: await newestEvent(aws, id) }, say);
}

interface Change {
  readonly name: string;
  /** The id, since a name no longer finds a deleted stack. */
  readonly id: string;
  /** Events from before this time belong to earlier changes. */
  readonly since: Date;
}

async function follow(aws: Aws, change: Change, say: (line: string) => void): Promise<Stack> {
  const deadlineMs = Date.now() + MAX_CHANGE_MS;
  const told = new Set<string>();
  const failures: string[] = [];
  for (;;) {
    for (const event of await events(aws, change.id)) {
      const { EventId = "", LogicalResourceId = "", ResourceStatus = "", ResourceStatusReason } = event;
      if (told.has(EventId) || (event.Timestamp ?? change.since) <= change.since) continue;
      told.add(EventId);
      if (LogicalResourceId === change.name) continue;
      if (ResourceStatus.endsWith("_FAILED") && !isConsequence(ResourceStatusReason)) {
        failures.push(`${LogicalResourceId}: ${ResourceStatusReason ?? ResourceStatus}`);
      }
      if (!ResourceStatus.endsWith("_IN_PROGRESS")) say(`  ${LogicalResourceId} ${words(ResourceStatus)}`);
    }
    const stack = await findStack(aws, change.id);
    const status = stack?.status ?? "DELETE_COMPLETE";
    if (!status.endsWith("_IN_PROGRESS")) return settled(change, stack, status, failures);
    if (Date.now() > deadlineMs) {
      throw new JobError(
        "DEPLOYMENT",
        `The stack ${change.name} is ${words(status)} for very long: look at it in the AWS console.`,
      );
    }
    await sleep(aws.pollMs);
  }
}

function settled(change: Change, stack: Stack | undefined, status: string, failures: readonly string[]): Stack {
  const reason = failures[0] ?? stack?.reason;
  if (failures.length > 0 || status.includes("ROLLBACK") || status.endsWith("_FAILED")) {
    const message = `The stack ${change.name} is ${words(status)}: ${(reason ?? "no reason was given").replace(/\.?\s*$/, "")}.`;
    throw new JobError("DEPLOYMENT", message);
  }
  return stack ?? { id: change.id, name: change.name, status, reason, outputs: {} };
}

/** True for a reason that only follows from another resource's failure. */
function isConsequence(reason: string | undefined): boolean {
  return reason !== undefined && /cancelled|canceled/i.test(reason);
}

/** The stack's events, oldest first; none when the stack is gone without a trace. */
async function events(aws: Aws, id: string): Promise<StackEvent[]> {
  try {
    const { StackEvents = [] } = await call(
      "reading what happened",
      () => aws.stacks.send(new DescribeStackEventsCommand({ StackName: id })),
      ["ValidationError"],
    );
    return StackEvents.reverse();
  } catch (error) {
    if (error instanceof BeamError) throw error;
    return [];
  }
}

async function newestEvent(aws: Aws, id: string): Promise<Date> {
  return (await events(aws, id)).at(-1)?.Timestamp ?? new Date(0);
}

/** `CREATE_COMPLETE` → "create complete". */
function words(status: string): string {
  return status.toLowerCase().replaceAll("_", " ");
}
