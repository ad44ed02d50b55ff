/** AWS on this machine: see test/python/aws_stand_in.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { startProgram } from "../../../src/beam/process/child";
import { environmentFor } from "../../../src/beam/process/environment";
import { makeFolder, removeFolder } from "../temporary-folder";

const SCRIPT = path.resolve(__dirname, "../../python/aws_stand_in.py");

const REQUEST = z.object({
  service: z.string(),
  action: z.string(),
  body: z.record(z.string(), z.unknown()).optional(),
  /** The account that the request said owns the bucket; S3 only. */
  owner: z.string().optional(),
  /** The address of the stack's template in S3; CloudFormation only. */
  template: z.string().optional(),
});
export type AwsRequest = z.infer<typeof REQUEST>;

/** The names of AWS's own words: see REFUSALS in test/python/aws_stand_in.py. */
export type Words = "REFUSED" | "FAILED_SNAPSHOT" | "UNKNOWN_ROLE" | "NO_RIGHT" | "NO_RIGHT_EC2";

/**
 * The refusal of the next requests for an action, rights that the job's role lacks, or the next state of an
 * application.
 */
export type Wish =
  | { readonly refuse: string; readonly words?: Words; readonly times?: number }
  | { readonly denied: Readonly<Record<string, "policy" | "boundary" | "organization">> }
  | {
      readonly application: string;
      /** The application gets this status, after two looks at it in the other. */
      readonly status?: string;
      readonly then?: string;
      readonly log?: readonly { readonly timestamp: number; readonly message: string }[];
      readonly failsSnapshot?: boolean;
      /** The job restarts over and over, so that no snapshot can be made. */
      readonly restarts?: boolean;
      /** The state that the service's own rollback leads to. */
      readonly rollsBackTo?: "RUNNING" | "ROLLED_BACK";
    };

const REGION = "us-east-1";

export interface AwsStandIn {
  /** Variables by which the SDK finds it. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder that is removed with it. */
  readonly folder: string;
  /** All requests, in order. */
  requests(): readonly AwsRequest[];
  /** Brings about a state that no request to AWS can. */
  tell(wish: Wish): Promise<void>;
  stop(): Promise<void>;
}

export async function startAws(python: string): Promise<AwsStandIn> {
  const folder = makeFolder("aws");
  const requestFile = path.join(folder, "requests");
  const child = await startProgram({
    title: "The AWS stand-in",
    command: python,
    args: [SCRIPT, requestFile],
    environment: environmentFor([]),
    logFile: path.join(folder, "log"),
  });
  return {
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${child.port}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: REGION,
    },
    folder,
    requests: () =>
      readFileSync(requestFile, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => REQUEST.parse(JSON.parse(line))),
    async tell(wish) {
      const body = JSON.stringify({ region: REGION, ...wish });
      const { status } = await fetch(`http://127.0.0.1:${child.port}/stand-in`, { method: "POST", body });
      assert.equal(status, 204);
    },
    async stop() {
      await child.stop();
      await removeFolder(folder);
    },
  };
}
