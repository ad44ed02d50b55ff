/** CloudFormation's answers about changes that fail, which no stand-in gives. They have the SDK's own types. */
import {
  type CloudFormationClient,
  CreateStackCommand,
  type DescribeStackEventsCommandOutput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type DescribeStacksCommandOutput,
  type StackStatus,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import assert from "node:assert/strict";
import { type Aws, awsClients } from "../../../runners/msf/aws";
import { createStack, type Stack, updateStack } from "../../../runners/msf/stacks";
import { bucketTemplate } from "../../../runners/msf/template";
import { inRequest } from "../../../runners/msf/template-place";

const $metadata = {};
const TEMPLATE = inRequest(bucketTemplate());
const STACK: Stack = { id: "id", name: "x", status: "CREATE_COMPLETE", reason: undefined, outputs: {} };

interface Event {
  readonly resource: string;
  readonly status: string;
  readonly reason?: string;
}

/** Shows these statuses one after the other, the last one for ever, and these events from the start of the change. */
function awsWith(statuses: readonly (StackStatus | "GONE")[], happened: readonly Event[]): Aws {
  let looks = 0;
  let hasBegun = false;
  const send = async (command: unknown): Promise<unknown> => {
    if (command instanceof CreateStackCommand || command instanceof UpdateStackCommand) {
      hasBegun = true;
      return { $metadata, StackId: "id" };
    }
    if (command instanceof DescribeStackEventsCommand) {
      const events = happened.map(({ resource, status, reason }, at) => ({
        StackId: "id",
        StackName: "x",
        EventId: String(at),
        Timestamp: new Date(at + 1),
        LogicalResourceId: resource,
        ResourceStatus: status as "CREATE_FAILED",
        ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
      }));
      return { $metadata, StackEvents: hasBegun ? events.reverse() : [] } satisfies DescribeStackEventsCommandOutput;
    }
    assert.ok(command instanceof DescribeStacksCommand);
    const status = statuses[Math.min(looks++, statuses.length - 1)]!;
    const found = { StackName: "x", StackId: "id", CreationTime: new Date(0) };
    const Stacks = status === "GONE" ? [] : [{ ...found, StackStatus: status }];
    return { $metadata, Stacks } satisfies DescribeStacksCommandOutput;
  };
  return { ...awsClients("us-east-1", 1), stacks: { send } as unknown as CloudFormationClient };
}

describe("a change of a stack", () => {
  it("tells of each resource once, and resolves when all is there", async () => {
    const aws = awsWith(
      ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"],
      [
        { resource: "Bucket", status: "CREATE_IN_PROGRESS" },
        { resource: "Bucket", status: "CREATE_COMPLETE" },
      ],
    );
    const said: string[] = [];
    const stack = await createStack(aws, "x", TEMPLATE, (line) => said.push(line));
    assert.equal(stack.status, "CREATE_COMPLETE");
    assert.deepEqual(said, ["  Bucket create complete"]);
  });

  it("that fails says what failed first, not what was cancelled for it", async () => {
    const aws = awsWith(
      ["CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS", "GONE"],
      [
        { resource: "Domain", status: "CREATE_FAILED", reason: "Resource creation cancelled" },
        { resource: "Stream", status: "CREATE_FAILED", reason: "chat already exists." },
      ],
    );
    await assert.rejects(
      createStack(aws, "x", TEMPLATE, () => undefined),
      {
        code: "DEPLOYMENT",
        message: /^The stack x is (create failed|delete complete): Stream: chat already exists\.$/,
      },
    );
  });

  it("that is taken back is a failure", async () => {
    const aws = awsWith(
      ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"],
      [{ resource: "Application", status: "UPDATE_FAILED", reason: "no such jar" }],
    );
    await assert.rejects(
      updateStack(aws, STACK, TEMPLATE, () => undefined),
      {
        code: "DEPLOYMENT",
        message: "The stack x is update rollback complete: Application: no such jar.",
      },
    );
  });
});
