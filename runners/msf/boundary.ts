/** The bound of all that a job's role may ever do: made once by an administrator, and never by who deploys. */
import { GetPolicyCommand } from "@aws-sdk/client-iam";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { type Aws, call, caller } from "./aws";
import { BOUNDARY_POLICY } from "./template/role";

/** Rejects with DEPLOYMENT when the account has no such policy: no role could be made, half an hour later. */
export async function refuseWithoutBoundary(aws: Aws): Promise<void> {
  const { partition, account } = await caller(aws);
  const PolicyArn = `arn:${partition}:iam::${account}:policy/${BOUNDARY_POLICY}`;
  try {
    await call(
      `looking for the policy ${BOUNDARY_POLICY}`,
      () => aws.rights.send(new GetPolicyCommand({ PolicyArn })),
      ["NoSuchEntity", "NoSuchEntityException"],
    );
  } catch (error) {
    if (error instanceof BeamError) throw error;
    throw new JobError(
      "DEPLOYMENT",
      `The account has no policy ${BOUNDARY_POLICY}, which bounds the job's role: have an administrator make it of runners/msf/job-boundary.json (docs/managed-flink.md, step 1).`,
      { cause: error },
    );
  }
}
