/** The permissions boundary of every job's role: made once by an administrator, and never by the deployer. */
import { GetPolicyCommand } from "@aws-sdk/client-iam";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { type Aws, call, caller } from "./aws";
import { BOUNDARY_POLICY } from "./template/role";

/**
 * Rejects with DEPLOYMENT when the account has no such policy: the role could not be made, which would come out half an
 * hour later.
 */
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
