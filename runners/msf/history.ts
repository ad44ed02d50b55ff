/** The history of an application: its snapshots and operations. */
import {
  type ApplicationOperationInfo,
  DescribeApplicationOperationCommand,
  ListApplicationOperationsCommand,
  ListApplicationSnapshotsCommand,
  type SnapshotDetails,
} from "@aws-sdk/client-kinesis-analytics-v2";
import { type Aws, call, withoutSnapshotAdvice } from "./aws";

export interface Snapshot {
  readonly name: string;
  readonly versionId: number;
  readonly created: Date;
}

/** The most that the service keeps for an application. */
export const MAX_SNAPSHOTS = 1_000;
const PAGE_SIZE = 50;
const MAX_PAGES = MAX_SNAPSHOTS / PAGE_SIZE;

/** Usable snapshots, newest first. */
export async function snapshots(aws: Aws, name: string): Promise<readonly Snapshot[]> {
  const found: SnapshotDetails[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await call(`listing the snapshots of ${name}`, () =>
      aws.applications.send(
        new ListApplicationSnapshotsCommand({ ApplicationName: name, Limit: PAGE_SIZE, NextToken: token }),
      ),
    );
    found.push(...(answer.SnapshotSummaries ?? []));
    token = answer.NextToken;
    if (token === undefined) break;
  }
  return found
    .filter(({ SnapshotStatus }) => SnapshotStatus === "READY")
    .map((each) => ({
      name: each.SnapshotName ?? "",
      versionId: each.ApplicationVersionId ?? 0,
      created: each.SnapshotCreationTimestamp ?? new Date(0),
    }))
    .sort((a, b) => b.created.getTime() - a.created.getTime());
}

/** The service's error of the newest operation, if that failed. */
export async function failedOperation(aws: Aws, name: string): Promise<string | undefined> {
  const [newest] = await operations(aws, name);
  if (newest?.OperationId === undefined || newest.OperationStatus !== "FAILED") return undefined;
  const { OperationId } = newest;
  const { ApplicationOperationInfoDetails } = await call(`looking at an operation of ${name}`, () =>
    aws.applications.send(new DescribeApplicationOperationCommand({ ApplicationName: name, OperationId })),
  );
  const words = ApplicationOperationInfoDetails?.OperationFailureDetails?.ErrorInfo?.ErrorString ?? "";
  return withoutSnapshotAdvice(words) || `${newest.Operation} failed.`;
}

/** Duration of the last start that ended, the job's main() included; undefined when the service tells of none. */
export async function lastStartSeconds(aws: Aws, name: string): Promise<number | undefined> {
  const all = await operations(aws, name);
  const ended = all.find(({ Operation, EndTime }) => Operation === "StartApplication" && EndTime !== undefined);
  if (ended?.StartTime === undefined || ended.EndTime === undefined) return undefined;
  return Math.round((ended.EndTime.getTime() - ended.StartTime.getTime()) / 1_000);
}

/** Time of the job's last start; undefined when it was never started, or when the service has forgotten it. */
export async function lastStart(aws: Aws, name: string): Promise<Date | undefined> {
  return (await operations(aws, name)).find(({ Operation }) => Operation === "StartApplication")?.StartTime;
}

/** The newest operations, newest first: the service does not promise an order. */
async function operations(aws: Aws, name: string): Promise<readonly ApplicationOperationInfo[]> {
  const { ApplicationOperationInfoList = [] } = await call(`looking at the operations of ${name}`, () =>
    aws.applications.send(new ListApplicationOperationsCommand({ ApplicationName: name, Limit: PAGE_SIZE })),
  );
  const startMs = ({ StartTime }: ApplicationOperationInfo): number => StartTime?.getTime() ?? 0;
  return ApplicationOperationInfoList.toSorted((a, b) => startMs(b) - startMs(a));
}
