import { PROPERTY_GROUP } from "../../../src/options/properties";
import type { Deployment } from "../settings";
import { domainEndpoint } from "./domain";
import { attribute, ref, type Resources, sub, TAGS, type Template } from "./document";
import { LOG_STREAM, logGroupName } from "./log-names";

/** Commands look it up in a template. */
export const APPLICATION = "Application";

/** The application, and where it logs: group and stream must be there before it. */
export function applicationResources(deployment: Deployment): Resources {
  const { name, runtime, jar, logRetentionDays } = deployment;
  return {
    LogGroup: {
      Type: "AWS::Logs::LogGroup",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Retain",
      Properties: { LogGroupName: logGroupName(name), RetentionInDays: logRetentionDays, Tags: TAGS },
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
              S3ContentLocation: { BucketARN: sub(`arn:\${AWS::Partition}:s3:::${jar.bucket}`), FileKey: jar.key },
            },
          },
          ApplicationSnapshotConfiguration: { SnapshotsEnabled: true },
          EnvironmentProperties: {
            PropertyGroups: [{ PropertyGroupId: PROPERTY_GROUP, PropertyMap: propertyMap(deployment) }],
          },
          FlinkApplicationConfiguration: flinkConfiguration(deployment),
          ...vpcConfiguration(deployment),
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

export function propertyMap({ properties, domain }: Deployment): Readonly<Record<string, unknown>> {
  return { ...properties, "opensearch-endpoint": domainEndpoint(domain, properties["opensearch-endpoint"]) };
}

/** Of the job's properties, the stream that it reads, as a template of ours has it. */
export function streamRead({ Resources }: Template): string {
  // Sound because applicationResources wrote it.
  const { ApplicationConfiguration } = Resources[APPLICATION]?.Properties as {
    readonly ApplicationConfiguration: {
      readonly EnvironmentProperties: {
        readonly PropertyGroups: readonly [{ readonly PropertyMap: { readonly stream: string } }];
      };
    };
  };
  return ApplicationConfiguration.EnvironmentProperties.PropertyGroups[0].PropertyMap.stream;
}

/** Checkpoints are left to the service: every minute, kept through restarts. */
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

function vpcConfiguration({ vpc }: Deployment): object {
  if (vpc === undefined) return {};
  return { VpcConfigurations: [{ SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds }] };
}
