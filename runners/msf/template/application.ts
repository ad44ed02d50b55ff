import { propertyGroups } from "../../../src/options/property-groups";
import type { Deployment } from "../settings";
import { domainEndpoint } from "./domain";
import { attribute, ref, type Resources, sub, TAGS, type Template } from "./document";
import { LOG_STREAM, logGroupName } from "./log-names";

/** Logical id, by which commands find the application in a template. */
export const APPLICATION = "Application";

/** The application and its log: group and stream must exist before it. */
export function applicationResources(deployment: Deployment): Resources {
  const { name, runtime, jar, logRetentionDays, kmsKeyArn } = deployment;
  const logKey = kmsKeyArn === undefined ? {} : { KmsKeyId: kmsKeyArn };
  return {
    LogGroup: {
      Type: "AWS::Logs::LogGroup",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Retain",
      Properties: { LogGroupName: logGroupName(name), RetentionInDays: logRetentionDays, ...logKey, Tags: TAGS },
    },
    LogStream: {
      Type: "AWS::Logs::LogStream",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Retain",
      Properties: { LogGroupName: ref("LogGroup"), LogStreamName: LOG_STREAM },
    },
    [APPLICATION]: {
      Type: "AWS::KinesisAnalyticsV2::Application",
      Properties: {
        ApplicationName: name,
        ApplicationDescription: "Chat sessions from Kinesis, summarised on Bedrock, searchable in OpenSearch",
        ApplicationMode: "STREAMING",
        RuntimeEnvironment: runtime,
        ServiceExecutionRole: attribute("Role", "Arn"),
        ApplicationConfiguration: {
          ApplicationCodeConfiguration: {
            CodeContentType: "ZIPFILE",
            CodeContent: {
              S3ContentLocation: {
                BucketARN: sub(`arn:\${AWS::Partition}:s3:::${jar.bucket}`),
                FileKey: jar.key,
                ...(jar.version === undefined ? {} : { ObjectVersion: jar.version }),
              },
            },
          },
          ApplicationSnapshotConfiguration: { SnapshotsEnabled: true },
          EnvironmentProperties: {
            PropertyGroups: propertyGroups(propertyMap(deployment)),
          },
          FlinkApplicationConfiguration: flinkConfiguration(deployment),
          ...vpcConfiguration(deployment),
          ...stateKey(deployment),
        },
        Tags: TAGS,
      },
    },
    Logging: {
      Type: "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption",
      Properties: {
        ApplicationName: ref(APPLICATION),
        CloudWatchLoggingOption: {
          LogStreamARN: sub(
            `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:\${LogGroup}:log-stream:\${LogStream}`,
          ),
        },
      },
    },
  };
}

function propertyMap({ properties, domain }: Deployment): Readonly<Record<string, unknown>> {
  return { ...properties, "opensearch-endpoint": domainEndpoint(domain, properties["opensearch-endpoint"]) };
}

interface Configuration {
  readonly ApplicationCodeConfiguration: {
    readonly CodeContent: {
      readonly S3ContentLocation: { readonly FileKey: string; readonly ObjectVersion?: string };
    };
  };
  readonly EnvironmentProperties: {
    readonly PropertyGroups: readonly [{ readonly PropertyMap: { readonly stream: string } }];
  };
}

function configurationOf({ Resources }: Template): Configuration {
  // The cast is sound, because applicationResources wrote it.
  return Resources[APPLICATION]?.Properties["ApplicationConfiguration"] as Configuration;
}

/** The stream that the job reads, from the properties in one of our templates. */
export function streamRead(template: Template): string {
  return configurationOf(template).EnvironmentProperties.PropertyGroups[0].PropertyMap.stream;
}

/** The version of Flink, from one of our templates. */
export function runtimeOf({ Resources }: Template): string {
  return Resources[APPLICATION]?.Properties["RuntimeEnvironment"] as string;
}

/** The jar that an application runs, from one of our templates. */
export function jarOfTemplate(template: Template): { readonly key: string; readonly version: string | undefined } {
  const { FileKey, ObjectVersion } =
    configurationOf(template).ApplicationCodeConfiguration.CodeContent.S3ContentLocation;
  return { key: FileKey, version: ObjectVersion };
}

/** Leaves checkpoints to the service: every minute, kept through restarts. */
function flinkConfiguration(deployment: Deployment): object {
  return {
    CheckpointConfiguration: { ConfigurationType: "DEFAULT" },
    MonitoringConfiguration: {
      ConfigurationType: "CUSTOM",
      MetricsLevel: deployment.metricsLevel,
      LogLevel: deployment.logLevel,
    },
    ParallelismConfiguration: {
      ConfigurationType: "CUSTOM",
      Parallelism: deployment.parallelism,
      ParallelismPerKPU: deployment.parallelismPerKpu,
      AutoScalingEnabled: deployment.autoScaling,
    },
  };
}

/** Encrypts checkpoints and snapshots, because open sessions in them are chat text. */
function stateKey({ kmsKeyArn }: Deployment): object {
  if (kmsKeyArn === undefined) return {};
  return { ApplicationEncryptionConfiguration: { KeyType: "CUSTOMER_MANAGED_KEY", KeyId: kmsKeyArn } };
}

function vpcConfiguration({ vpc }: Deployment): object {
  if (vpc === undefined) return {};
  return { VpcConfigurations: [{ SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds }] };
}
