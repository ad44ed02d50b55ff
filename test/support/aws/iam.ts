/** Simulates AWS's answer to a request under these policies of identity and access management. */
import { runSimulation } from "@cloud-copilot/iam-simulate";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./sdk-actions";

export const ACCOUNT = "123456789012";
const REGION = "us-east-1";

/** A key's policy shuts out everybody whom it does not name: this one leaves the decision to the account's policies. */
const KEY_POLICY = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "kms:*", Resource: "*" }],
};

export interface Rights {
  readonly policy: object;
  readonly boundary?: object;
}

export type RequestContext = Readonly<Record<string, string | string[]>>;

export function policyFile(name: string): { readonly Statement: readonly { readonly Sid: string }[] } {
  return JSON.parse(readFileSync(path.join(ROOT, "runners/msf", name), "utf8")) as ReturnType<typeof policyFile>;
}

/**
 * The simulation leaves out the keys of an encryption context, whose names are anybody's: another of Decrypt's keys
 * that takes any text stands for ours.
 */
function asSimulated<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll("kms:EncryptionContext:purpose", "kms:RequestAlias")) as T;
}

/** True when a principal of the account with these rights may do that. Fails for actions that AWS does not know. */
export async function may(
  { policy, boundary }: Rights,
  action: string,
  resource: string,
  context: RequestContext = {},
): Promise<boolean> {
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/somebody`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { "aws:PrincipalAccount": ACCOUNT, ...asSimulated(context) },
      },
      identityPolicies: [{ name: "own", policy: asSimulated(policy) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(action.startsWith("kms:") ? { resourcePolicy: KEY_POLICY } : {}),
      ...(boundary === undefined
        ? {}
        : { permissionBoundaryPolicies: [{ name: "boundary", policy: asSimulated(boundary) }] }),
    },
    {},
  );
  if (answer.resultType === "error") assert.fail(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === "Allowed";
}

/** True when a resource with this policy lets an AWS service do that. */
export async function serviceMay(
  { service, resourcePolicy }: { readonly service: string; readonly resourcePolicy: object },
  action: string,
  resource: string,
  context: RequestContext,
): Promise<boolean> {
  const answer = await runSimulation(
    {
      request: {
        principal: service,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy,
    },
    {},
  );
  if (answer.resultType === "error") assert.fail(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === "Allowed";
}

/** One policy that allows everything that any of these allows. */
export function together(...policies: readonly { readonly Statement: readonly object[] }[]): object {
  return { Version: "2012-10-17", Statement: policies.flatMap(({ Statement }) => Statement) };
}

/** Replaces a template's parameters as CloudFormation does, in the account and region of these tests. */
export function filledIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filledIn);
  if (typeof value !== "object" || value === null) return value;
  const { Ref, "Fn::Sub": text, "Fn::GetAtt": attribute } = value as Record<string, unknown>;
  if (Ref === "AWS::AccountId") return ACCOUNT;
  if (typeof text === "string") return withPseudoParameters(text);
  if (Array.isArray(attribute)) return ATTRIBUTES[attribute.join(".")] ?? assert.fail(attribute.join("."));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledIn(each)]));
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  "Stream.Arn": `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/chat`,
  "Role.Arn": `arn:aws:iam::${ACCOUNT}:role/beam-chat-sessions/chat-sessions-Role-ABC`,
};

function withPseudoParameters(text: string): string {
  return text
    .replaceAll("${AWS::Partition}", "aws")
    .replaceAll("${AWS::Region}", REGION)
    .replaceAll("${AWS::AccountId}", ACCOUNT)
    .replaceAll("${AWS::URLSuffix}", "amazonaws.com");
}
