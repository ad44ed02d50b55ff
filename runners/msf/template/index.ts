/** All of a deployment's infrastructure as one CloudFormation template, and the bucket for its jars as another. */
import type { Deployment } from "../settings";
import { alarmResources } from "./alarms";
import { auditLogResources } from "./audit-log";
import { APPLICATION, applicationResources } from "./application";
import { dashboardResources } from "./dashboard";
import { domainEndpoint, domainResources } from "./domain";
import { attribute, policy, ref, sub, TAGS, type Template } from "./document";
import { roleResources } from "./role";
import { streamResources } from "./stream";

export { jarOfTemplate, runtimeOf, streamRead } from "./application";
export { DOMAIN } from "./domain";
export { STREAM } from "./stream";

/** Metadata with the user's options. */
export const GIVEN = "ChatSessionsOptions";
/** Metadata with the snapshots that rollbacks have left behind. */
export const UNDONE = "ChatSessionsUndone";

export function deploymentTemplate(deployment: Deployment, undone: readonly object[] = []): Template {
  const { stream, domain, properties, name } = deployment;
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "beam-chat-sessions on Amazon Managed Service for Apache Flink",
    Metadata: { [GIVEN]: deployment.given, ...(undone.length === 0 ? {} : { [UNDONE]: undone }) },
    Resources: {
      ...streamResources(deployment),
      ...domainResources(deployment),
      ...auditLogResources(deployment),
      ...roleResources(deployment),
      ...applicationResources(deployment),
      ...alarmResources(deployment),
      ...dashboardResources(deployment),
    },
    Outputs: {
      ApplicationName: { Description: "The application", Value: ref(APPLICATION) },
      RoleArn: { Description: "The job's role", Value: attribute("Role", "Arn") },
      StreamName: { Description: "Where chat messages go", Value: stream.kind === "new" ? ref("Stream") : stream.name },
      OpenSearchEndpoint: {
        Description: "Where sessions are found",
        Value: domainEndpoint(domain, properties["opensearch-endpoint"]),
      },
      DashboardUrl: {
        Description: "How it goes",
        Value: sub(
          `https://\${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=\${AWS::Region}#dashboards:name=${name}`,
        ),
      },
    },
  };
}

/** The bucket's template; it must exist before the application, which takes its jar from there. */
export function bucketTemplate(): Template {
  const bucket = attribute("Bucket", "Arn");
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "Jars of beam-chat-sessions",
    Resources: {
      Bucket: {
        Type: "AWS::S3::Bucket",
        DeletionPolicy: "Delete",
        UpdateReplacePolicy: "Retain",
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
          },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
          // Keeps versions, so that nobody can exchange the one that an application names.
          VersioningConfiguration: { Status: "Enabled" },
          LifecycleConfiguration: {
            Rules: [{ Id: "uploads", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }],
          },
          Tags: TAGS,
        },
      },
      BucketPolicy: {
        Type: "AWS::S3::BucketPolicy",
        Properties: {
          Bucket: ref("Bucket"),
          PolicyDocument: policy([
            {
              Sid: "OnlyEncrypted",
              Effect: "Deny",
              Principal: "*",
              Action: ["s3:*"],
              Resource: [bucket, sub("${Bucket.Arn}/*")],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ]),
        },
      },
    },
    Outputs: { BucketName: { Description: "Where jars go", Value: ref("Bucket") } },
  };
}
