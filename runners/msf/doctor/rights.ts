/** Asks IAM whether the job's role has the rights that its template gives it, with boundary and organization. */
import { type EvaluationResult, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import type { Finding, Seen } from "../../../src/cli/doctor/finding";
import { type Aws, call, type Caller } from "../aws";
import { BOUNDARY_POLICY, PURPOSE_KEY } from "../template/role";
import type { Statement, Template } from "../template/document";
import { examineIfAllowed } from "./look";

/** A simulation of one statement has a page of results for each hundred. */
const MAX_PAGES = 20;

export interface RoleFacts extends Caller {
  readonly region: string;
  readonly roleArn: string;
  readonly streamArn: string;
}

export function examineRights(aws: Aws, template: Template, facts: RoleFacts): Promise<Finding> {
  const look = { name: "iam:SimulatePrincipalPolicy", expected: "all rights of the job's role" };
  return examineIfAllowed(look, async () => {
    const statements = statementsOf(template);
    const denied: EvaluationResult[] = [];
    for (const statement of statements) denied.push(...(await deniedOf(aws, statement, facts)));
    return judge(denied, statements.flatMap(({ Action }) => Action).length);
  });
}

function statementsOf({ Resources }: Template): readonly Statement[] {
  // The cast is sound, because roleResources wrote it.
  const policies = Resources["Role"]?.Properties["Policies"] as
    readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[] | undefined;
  return (policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

async function deniedOf(
  aws: Aws,
  { Action, Resource, Condition }: Statement,
  facts: RoleFacts,
): Promise<EvaluationResult[]> {
  const resources = resourcesOf(Resource, facts);
  const found: EvaluationResult[] = [];
  let marker: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await call("asking for the rights of the job's role", () =>
      aws.rights.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: facts.roleArn,
          ActionNames: [...Action],
          ...(resources.includes("*") ? {} : { ResourceArns: resources }),
          ContextEntries: contextOf(Condition, facts),
          Marker: marker,
        }),
      ),
    );
    found.push(...(answer.EvaluationResults ?? []).filter(({ EvalDecision }) => EvalDecision !== "allowed"));
    marker = answer.Marker;
    if (marker === undefined) break;
  }
  return found;
}

/** Values that a statement's condition asks for, as they are when the job makes its calls. */
function contextOf(condition: unknown, { region, account }: RoleFacts) {
  // The cast is sound, because roleResources wrote it.
  const { StringEquals: { [PURPOSE_KEY]: purpose } = {} } = (condition ?? {}) as {
    readonly StringEquals?: Readonly<Record<string, string>>;
  };
  const entry = (ContextKeyName: string, value: string) => ({
    ContextKeyName,
    ContextKeyType: "string" as const,
    ContextKeyValues: [value],
  });
  return [
    entry("kms:ViaService", `kinesis.${region}.amazonaws.com`),
    ...(purpose === undefined ? [] : [entry(PURPOSE_KEY, purpose)]),
    entry("aws:ResourceAccount", account),
  ];
}

/** The ARNs of a statement, with the template's parameters filled in. */
function resourcesOf(resource: unknown, facts: RoleFacts): string[] {
  const all: readonly unknown[] = Array.isArray(resource) ? resource : [resource];
  return all.map((each) => {
    if (typeof each === "string") return each;
    const { "Fn::Sub": text } = each as { readonly "Fn::Sub"?: string };
    // The only attribute that a right names is the stream's.
    return text === undefined ? facts.streamArn : filledIn(text, facts);
  });
}

function filledIn(text: string, { partition, region, account }: RoleFacts): string {
  return text
    .replaceAll("${AWS::Partition}", partition)
    .replaceAll("${AWS::Region}", region)
    .replaceAll("${AWS::AccountId}", account)
    .replaceAll(":*:subnet/", `:${account}:subnet/`)
    .replaceAll(":*:security-group/", `:${account}:security-group/`);
}

function judge(denied: readonly EvaluationResult[], count: number): Seen {
  const facts = { rights: count, denied: denied.length };
  const [first] = denied;
  if (first === undefined) return { found: `the role has all ${count} rights`, facts };
  const actions = [...new Set(denied.flatMap(({ EvalActionName }) => EvalActionName ?? []))].join(", ");
  return { found: `it lacks ${actions}`, facts, cure: `${whoForbids(first)} (${actions}).` };
}

function whoForbids({
  PermissionsBoundaryDecisionDetail,
  OrganizationsDecisionDetail,
  EvalDecision,
}: EvaluationResult): string {
  if (OrganizationsDecisionDetail?.AllowedByOrganizations === false) return "Have the organization's policy allow it";
  if (PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false) {
    return `Have an administrator allow it in the policy ${BOUNDARY_POLICY}, as runners/msf/job-boundary.json does`;
  }
  return EvalDecision === "explicitDeny"
    ? "Take away the policy that denies it to the role"
    : "Somebody changed the role's policy: allow it there again";
}
