/** The application on the managed service: its facts, starting, stopping with a snapshot. */
import {
  type ApplicationDetail,
  DescribeApplicationCommand,
  DescribeApplicationVersionCommand,
  type PropertyGroup as AwsPropertyGroup,
  RollbackApplicationCommand,
  StartApplicationCommand,
  StopApplicationCommand,
} from "@aws-sdk/client-kinesis-analytics-v2";
import { setTimeout as sleep } from "node:timers/promises";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { failureOf } from "../../src/io/aws/failure";
import { joinedProperties, type PropertyGroup } from "../../src/options/property-groups";
import { type Aws, call, refusal } from "./aws";
import { failedOperation } from "./history";
import type { JarSettings } from "./settings";

export interface Application {
  readonly name: string;
  readonly status: string;
  /** Grows with each change. */
  readonly versionId: number;
  readonly runtime: string;
  readonly jar: Pick<JarSettings, "bucket" | "key" | "version">;
  readonly parallelism: number | undefined;
  /** The job's runtime properties. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Source of a start's state. */
export type Restore = "nothing" | { readonly snapshot: string };

/** Starting takes some minutes; stopping takes as long as its snapshot. */
const MAX_CHANGE_MS = 30 * 60_000;
/** States that lead to another by themselves. */
const PASSING = ["STARTING", "STOPPING", "FORCE_STOPPING", "UPDATING", "AUTOSCALING", "ROLLING_BACK", "MAINTENANCE"];
/**
 * States in which no job runs and one may be started. The service leaves ROLLED_BACK after a change that it took back.
 */
const STOPPED = ["READY", "ROLLED_BACK"];
/** Passing states that a forced stop cannot end. */
const UNSTOPPABLE = ["FORCE_STOPPING", "ROLLING_BACK", "MAINTENANCE"];
/** The service's refusal of a snapshot, made at once where the job is down or restarting. */
const NO_SNAPSHOT = "InvalidApplicationConfigurationException";

export function isStopped({ status }: Pick<Application, "status">): boolean {
  return STOPPED.includes(status);
}

/** Returns the application; undefined when none has that name. */
export async function findApplication(aws: Aws, name: string): Promise<Application | undefined> {
  try {
    const { ApplicationDetail } = await call(
      `looking at the application ${name}`,
      () => aws.applications.send(new DescribeApplicationCommand({ ApplicationName: name })),
      ["ResourceNotFoundException"],
    );
    return ApplicationDetail === undefined ? undefined : applicationOf(ApplicationDetail);
  } catch (error) {
    if (error instanceof BeamError) throw error;
    return undefined;
  }
}

/** Returns the application as it was in that version. */
export async function applicationVersion(aws: Aws, name: string, versionId: number): Promise<Application> {
  const { ApplicationVersionDetail } = await call(`looking at version ${versionId} of ${name}`, () =>
    aws.applications.send(
      new DescribeApplicationVersionCommand({ ApplicationName: name, ApplicationVersionId: versionId }),
    ),
  );
  if (ApplicationVersionDetail === undefined) throw gone(name);
  return applicationOf(ApplicationVersionDetail);
}

function applicationOf(detail: ApplicationDetail): Application {
  const configuration = detail.ApplicationConfigurationDescription;
  const groups = configuration?.EnvironmentPropertyDescriptions?.PropertyGroupDescriptions ?? [];
  const code = configuration?.ApplicationCodeConfigurationDescription?.CodeContentDescription;
  const { BucketARN = "", FileKey = "", ObjectVersion: version } = code?.S3ApplicationCodeLocationDescription ?? {};
  return {
    name: detail.ApplicationName ?? "",
    status: detail.ApplicationStatus ?? "UNKNOWN",
    versionId: detail.ApplicationVersionId ?? 0,
    runtime: detail.RuntimeEnvironment ?? "",
    jar: { bucket: BucketARN.split(":").at(-1) ?? "", key: FileKey, version },
    parallelism:
      configuration?.FlinkApplicationConfigurationDescription?.ParallelismConfigurationDescription?.CurrentParallelism,
    properties: joinedProperties(groups.map(groupOf)) ?? {},
  };
}

function groupOf({ PropertyGroupId = "", PropertyMap = {} }: AwsPropertyGroup): PropertyGroup {
  return { PropertyGroupId, PropertyMap };
}

export function isPassing({ status }: Pick<Application, "status">): boolean {
  return PASSING.includes(status);
}

/** Finds the job's own sentence about its failure. */
export type FindReason = () => Promise<string | undefined>;

/** Resolves when the job runs. `failure` finds the reason when it does not. */
export async function startApplication(aws: Aws, name: string, restore: Restore, failure: FindReason): Promise<void> {
  await call(`starting ${name}`, () =>
    aws.applications.send(
      new StartApplicationCommand({
        ApplicationName: name,
        RunConfiguration: {
          FlinkRunConfiguration: { AllowNonRestoredState: false },
          ApplicationRestoreConfiguration: restoreConfiguration(restore),
        },
      }),
    ),
  );
  await awaitStarted(aws, name, failure);
}

/** Does the same for an application that is starting already. */
export async function awaitStarted(aws: Aws, name: string, failure: FindReason): Promise<void> {
  const application = await settle(aws, name);
  if (application.status === "RUNNING") return;
  const reason = (await failure()) ?? (await failedOperation(aws, name)) ?? "the log may say why (npm run msf -- logs)";
  throw new JobError("DEPLOYMENT", `${name} did not start and is ${application.status}: ${reason}`);
}

function restoreConfiguration(restore: Restore) {
  if (restore === "nothing") return { ApplicationRestoreType: "SKIP_RESTORE_FROM_SNAPSHOT" } as const;
  // The snapshot is named, because after a rollback the latest one belongs to the unwanted version.
  return { ApplicationRestoreType: "RESTORE_FROM_CUSTOM_SNAPSHOT", SnapshotName: restore.snapshot } as const;
}

/**
 * Resolves when it has stopped: with a snapshot, unless by force. `failure` finds the reason of a job that is
 * restarting, of which no snapshot can be made.
 */
export async function stopApplication(aws: Aws, name: string, force: boolean, failure: FindReason): Promise<void> {
  const doing = `stopping ${name}`;
  try {
    const command = new StopApplicationCommand({ ApplicationName: name, Force: force });
    await call(doing, () => aws.applications.send(command), [NO_SNAPSHOT]);
  } catch (error) {
    if (error instanceof BeamError) throw error;
    if (!/snapshot/i.test(failureOf(error).message)) throw refusal(doing, error);
    throw new JobError("DEPLOYMENT", await withoutSnapshot(name, failure), { cause: error });
  }
  const application = await settle(aws, name);
  if (isStopped(application)) return;
  const reason = (await failedOperation(aws, name)) ?? "no reason was given";
  throw new JobError(
    "DEPLOYMENT",
    `${name} did not stop and is ${application.status}: ${reason}; --force stops it without a snapshot.`,
  );
}

async function withoutSnapshot(name: string, failure: FindReason): Promise<string> {
  const reason = (await failure()) ?? "npm run msf -- logs shows why.";
  return `${name} is restarting, so no snapshot of it can be made: ${reason} Mend that and wait until it runs again, or give --force: it then stops without a snapshot, and goes on from the last one.`;
}

/** Rolls back an update or a scaling that hangs, in the service's own way. */
export async function rollBackByService(aws: Aws, { name, versionId }: Application): Promise<void> {
  await call(`rolling ${name} back`, () =>
    aws.applications.send(
      new RollbackApplicationCommand({ ApplicationName: name, CurrentApplicationVersionId: versionId }),
    ),
  );
  const application = await settle(aws, name);
  if (application.status === "RUNNING" || isStopped(application)) return;
  throw new JobError("DEPLOYMENT", `${name} could not be rolled back and is ${application.status}.`);
}

/**
 * Waits for the end of any change, and resolves with the application; with undefined when none has that name. `end` is
 * "forcible" to wait only for changes that a forced stop cannot end.
 */
export async function settledApplication(
  aws: Aws,
  name: string,
  say: (line: string) => void,
  end: "any" | "forcible" = "any",
): Promise<Application | undefined> {
  const passing = end === "any" ? PASSING : UNSTOPPABLE;
  const application = await findApplication(aws, name);
  if (application === undefined || !passing.includes(application.status)) return application;
  say(`${name} is ${application.status}: waiting for the end of that …`);
  return settle(aws, name, passing);
}

/** Waits while the status is one of these. */
async function settle(aws: Aws, name: string, passing: readonly string[] = PASSING): Promise<Application> {
  const deadlineMs = Date.now() + MAX_CHANGE_MS;
  for (;;) {
    await sleep(aws.pollMs);
    const application = await findApplication(aws, name);
    if (application === undefined) throw gone(name);
    if (!passing.includes(application.status)) return application;
    if (Date.now() > deadlineMs) {
      const minutes = MAX_CHANGE_MS / 60_000;
      throw new JobError(
        "DEPLOYMENT",
        `${name} is ${application.status} for more than ${minutes} minutes: see npm run msf -- logs.`,
      );
    }
  }
}

export function gone(name: string): JobError {
  return new JobError("DEPLOYMENT", `The application ${name} is gone: deploy it again.`);
}
