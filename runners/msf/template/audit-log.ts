/** The log to which a domain writes who did what in it. */
import type { Deployment } from "../settings";
import { arn, policy, type Resources, sub, TAGS } from "./document";
import { domainName } from "./domain-access";

export const AUDIT_LOG_GROUP = "AuditLogGroup";
export const AUDIT_LOG_POLICY = "AuditLogPolicy";

export function auditGroupName(stack: string): string {
  return `/aws/opensearch/${stack}/audit`;
}

/** The group, and the right of this one domain to write into it. */
export function auditLogResources({ name, domain, logRetentionDays, kmsKeyArn }: Deployment): Resources {
  if (domain.kind === "own" || !domain.auditLogs) return {};
  const key = kmsKeyArn === undefined ? {} : { KmsKeyId: kmsKeyArn };
  return {
    [AUDIT_LOG_GROUP]: {
      Type: "AWS::Logs::LogGroup",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Retain",
      Properties: { LogGroupName: auditGroupName(name), RetentionInDays: logRetentionDays, ...key, Tags: TAGS },
    },
    [AUDIT_LOG_POLICY]: {
      Type: "AWS::Logs::ResourcePolicy",
      Properties: {
        PolicyName: `${name}-audit`,
        // CloudFormation wants the policy as text.
        PolicyDocument: sub(JSON.stringify(writersPolicy(name))),
      },
    },
  };
}

function writersPolicy(name: string): object {
  const text = (service: string, resource: string): string => arn(service, resource)["Fn::Sub"];
  return policy([
    {
      Sid: "Domain",
      Effect: "Allow",
      Principal: { Service: "es.amazonaws.com" },
      Action: ["logs:PutLogEvents", "logs:CreateLogStream"],
      Resource: text("logs", `log-group:${auditGroupName(name)}:*`),
      Condition: {
        StringEquals: { "aws:SourceAccount": "${AWS::AccountId}" },
        ArnEquals: { "aws:SourceArn": text("es", `domain/${domainName(name)}`) },
      },
    },
  ]);
}
