/** The application on the managed service: what it is, starting, stopping with a snapshot, going back. */
import {
  type ApplicationDetail,
  DescribeApplicationCommand,
  DescribeApplicationOperationCommand,
  DescribeApplicationVersionCommand,
  ListApplicationOperationsCommand,
  ListApplicationSnapshotsCommand,
  RollbackApplicationCommand,
  type SnapshotDetails,
  StartApplicationCommand,
  StopApplicationCommand,
} from "@aws-sdk/client-kinesis-analytics-v2";
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../src/errors";
import { type Aws, call } from "./aws";

export interface Application {
  readonly name: string;
  readonly status: string;
  /** Grows with each change. */
  readonly versionId: number;
  readonly runtime: string;
  readonly jarKey: string | undefined;
  readonly parallelism: number | undefined;
  /** The job's runtime properties. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface Snapshot {
  readonly name: string;
  readonly status: string;
  readonly versionId: number;
  readonly created: Date;
}

/** Where a start takes its state from. */
export type Restore = "nothing" | "latest" | { readonly snapshot: string };

/** Starting takes some minutes; stopping as long as its snapshot. */
const MAX_CHANGE_MS = 30 * 60_000;
const MAX_PAGES = 20;

/** Undefined when there is none of that name. */
export async function findApplication(aws: Aws, name: string): Promise<Application | undefined> {
  try {
    const { ApplicationDetail } = await call(
      `looking at the application ${name}`,
      () => aws.applications.send(new DescribeApplicationCommand({ ApplicationName: name })),
      ["ResourceNotFoundException"],
    );
    return ApplicationDetail === undefined ? undefined : applicationOf(ApplicationDetail);
  } catch (error) {
    if (error instanceof JobError) throw error;
    return undefined;
  }
}

/** As it was in that version. */
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
  return {
    name: detail.ApplicationName ?? "",
    status: detail.ApplicationStatus ?? "UNKNOWN",
    versionId: detail.ApplicationVersionId ?? 0,
    runtime: detail.RuntimeEnvironment ?? "",
    jarKey: code?.S3ApplicationCodeLocationDescription?.FileKey,
    parallelism:
      configuration?.FlinkApplicationConfigurationDescription?.ParallelismConfigurationDescription?.CurrentParallelism,
    properties: Object.assign({}, ...groups.map(({ PropertyMap }) => PropertyMap ?? {})) as Record<string, string>,
  };
}

/** Resolves when the job runs. `failure` finds the reason when it does not. */
export async function startApplication(
  aws: Aws,
  name: string,
  restore: Restore,
  failure: () => Promise<string | undefined>,
): Promise<void> {
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
  const application = await settle(aws, name, ["STARTING"]);
  if (application.status === "RUNNING") return;
  const reason = (await failure()) ?? (await failedOperation(aws, name)) ?? "the log may say why (npm run msf -- logs)";
  throw new JobError("DEPLOYMENT", `${name} did not start and is ${application.status}: ${reason}`);
}

function restoreConfiguration(restore: Restore) {
  if (restore === "nothing") return { ApplicationRestoreType: "SKIP_RESTORE_FROM_SNAPSHOT" } as const;
  if (restore === "latest") return { ApplicationRestoreType: "RESTORE_FROM_LATEST_SNAPSHOT" } as const;
  return { ApplicationRestoreType: "RESTORE_FROM_CUSTOM_SNAPSHOT", SnapshotName: restore.snapshot } as const;
}

/** Resolves when it has stopped; unless by force, with a snapshot. */
export async function stopApplication(aws: Aws, name: string, force: boolean): Promise<void> {
  await call(`stopping ${name}`, () =>
    aws.applications.send(new StopApplicationCommand({ ApplicationName: name, Force: force })),
  );
  const application = await settle(aws, name, ["STOPPING", "FORCE_STOPPING"]);
  if (application.status === "READY") return;
  const reason = (await failedOperation(aws, name)) ?? "no reason was given";
  throw new JobError(
    "DEPLOYMENT",
    `${name} did not stop and is ${application.status}: ${reason}; --force stops it without a snapshot.`,
  );
}

/** Of an update or a scaling that hangs: the service's own way back. */
export async function rollBackByService(aws: Aws, { name, versionId }: Application): Promise<void> {
  await call(`rolling ${name} back`, () =>
    aws.applications.send(
      new RollbackApplicationCommand({ ApplicationName: name, CurrentApplicationVersionId: versionId }),
    ),
  );
  const application = await settle(aws, name, ["ROLLING_BACK", "UPDATING", "AUTOSCALING", "STARTING"]);
  if (application.status === "RUNNING" || application.status === "ROLLED_BACK") return;
  throw new JobError("DEPLOYMENT", `${name} could not be rolled back and is ${application.status}.`);
}

/** Waits while the status is one of these. */
async function settle(aws: Aws, name: string, passing: readonly string[]): Promise<Application> {
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

/** Usable ones, newest first. */
export async function snapshots(aws: Aws, name: string): Promise<readonly Snapshot[]> {
  const found: SnapshotDetails[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await call(`listing the snapshots of ${name}`, () =>
      aws.applications.send(
        new ListApplicationSnapshotsCommand({ ApplicationName: name, Limit: 50, NextToken: token }),
      ),
    );
    found.push(...(answer.SnapshotSummaries ?? []));
    token = answer.NextToken;
    if (token === undefined) break;
  }
  return found
    .map((each) => ({
      name: each.SnapshotName ?? "",
      status: each.SnapshotStatus ?? "",
      versionId: each.ApplicationVersionId ?? 0,
      created: each.SnapshotCreationTimestamp ?? new Date(0),
    }))
    .filter(({ status }) => status === "READY")
    .sort((a, b) => b.created.getTime() - a.created.getTime());
}

/** What the service says of the newest operation, if it failed. */
export async function failedOperation(aws: Aws, name: string): Promise<string | undefined> {
  const { ApplicationOperationInfoList = [] } = await call(`looking at the operations of ${name}`, () =>
    aws.applications.send(new ListApplicationOperationsCommand({ ApplicationName: name, Limit: 1 })),
  );
  const [newest] = ApplicationOperationInfoList;
  if (newest?.OperationId === undefined || newest.OperationStatus !== "FAILED") return undefined;
  const { OperationId } = newest;
  const { ApplicationOperationInfoDetails } = await call(`looking at an operation of ${name}`, () =>
    aws.applications.send(new DescribeApplicationOperationCommand({ ApplicationName: name, OperationId })),
  );
  return (
    ApplicationOperationInfoDetails?.OperationFailureDetails?.ErrorInfo?.ErrorString ?? `${newest.Operation} failed.`
  );
}

function gone(name: string): JobError {
  return new JobError("DEPLOYMENT", `The application ${name} is gone: deploy it again.`);
}
