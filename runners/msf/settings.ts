/** The settings of a deployment, once all options are known and checked. */

/** A stream that the stack makes, or one that exists. */
export type StreamSettings =
  | { readonly kind: "new"; readonly name: string; readonly shards: number | undefined }
  | { readonly kind: "own"; readonly name: string; readonly keyArn: string | undefined };

export interface NewDomainSettings {
  readonly kind: "new";
  readonly instance: string;
  readonly instances: number;
  readonly volumeGib: number;
  /** Principals that may search. */
  readonly searcherArns: readonly string[];
  /** Principals with the job's own rights: they see and redrive dead letters. */
  readonly operatorArns: readonly string[];
  /**
   * The principal that gives out rights inside the domain, by fine-grained access control; undefined when paths alone
   * decide.
   */
  readonly masterUserArn: string | undefined;
  readonly auditLogs: boolean;
  /** True in the subnets of `vpc`, where the application is too. */
  readonly inVpc: boolean;
}

export type DomainSettings = NewDomainSettings | { readonly kind: "own"; readonly name: string };

/** Place from which the application takes its jar. */
export interface JarSettings {
  readonly bucket: string;
  /** The account that owns the bucket. */
  readonly owner: string;
  readonly key: string;
  /** Undefined when the bucket keeps no versions. */
  readonly version: string | undefined;
}

export interface VpcSettings {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface Deployment {
  /** Name of the stack and the application. */
  readonly name: string;
  readonly runtime: "FLINK-1_19" | "FLINK-1_20";
  readonly jar: JarSettings;
  readonly parallelism: number;
  readonly parallelismPerKpu: number;
  readonly autoScaling: boolean;
  readonly metricsLevel: "APPLICATION" | "TASK" | "OPERATOR" | "PARALLELISM";
  readonly logLevel: "DEBUG" | "INFO" | "WARN" | "ERROR";
  readonly logRetentionDays: number;
  readonly stream: StreamSettings;
  readonly domain: DomainSettings;
  readonly index: string;
  readonly deadLetterIndex: string;
  /** Ids of the models, as the job sends them. */
  readonly models: { readonly summary: string; readonly embedding: string };
  /**
   * ARNs of models and inference profiles that the job calls; they may hold pseudo parameters such as ${AWS::Region}.
   */
  readonly modelArns: readonly string[];
  /** Name or ARN of the event bus that gets alerts. */
  readonly eventBus?: string | undefined;
  /** The KMS key that unwraps the key of the pseudonyms; undefined where there are none. */
  readonly redactionKeyArn?: string | undefined;
  /** The KMS key that unwraps the webhook's key; undefined where there is no webhook. */
  readonly webhookKeyArn?: string | undefined;
  readonly alarmTopicArn: string | undefined;
  readonly lagAlarmMs: number;
  readonly vpc: VpcSettings | undefined;
  /** The account's own key for the chat data that the stack keeps; undefined for AWS's keys. */
  readonly kmsKeyArn: string | undefined;
  /** Runtime properties of the job, but the endpoint of a domain that the stack makes. */
  readonly properties: Readonly<Record<string, string>>;
  /** The user's options; a later update begins with them. */
  readonly given: Readonly<Record<string, string>>;
}

/** KPUs that are paid for: those that run tasks, and one that the service adds for itself. */
export function kpus({
  parallelism,
  parallelismPerKpu,
}: Pick<Deployment, "parallelism" | "parallelismPerKpu">): number {
  return Math.ceil(parallelism / parallelismPerKpu) + 1;
}
