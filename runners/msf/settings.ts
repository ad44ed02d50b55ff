/** What a deployment consists of, once all options are known and checked. */

/** A stream of the stack's own, or one that exists. */
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
  /** Principals that may do what the job does: dead letters are seen and redriven that way. */
  readonly operatorArns: readonly string[];
  /** Who gives out rights inside the domain, by fine-grained access control; undefined when paths alone decide. */
  readonly masterUserArn: string | undefined;
  readonly auditLogs: boolean;
  /** In the subnets of `vpc`, as the application is. */
  readonly inVpc: boolean;
}

export type DomainSettings = NewDomainSettings | { readonly kind: "own"; readonly name: string };

/** Where the application finds its jar. */
export interface JarSettings {
  readonly bucket: string;
  /** The account that the bucket belongs to. */
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
  /** Of the stack and the application. */
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
  /** ARNs of models and inference profiles that the job calls; may hold pseudo parameters such as ${AWS::Region}. */
  readonly modelArns: readonly string[];
  readonly alarmTopicArn: string | undefined;
  readonly lagAlarmMs: number;
  readonly vpc: VpcSettings | undefined;
  /** The account's own key for what the stack keeps of chats; undefined for AWS's keys. */
  readonly kmsKeyArn: string | undefined;
  /** Runtime properties of the job, but the endpoint of a domain that the stack makes. */
  readonly properties: Readonly<Record<string, string>>;
  /** What the user gave, by option: a later update begins with it. */
  readonly given: Readonly<Record<string, string>>;
}

/** KPUs that are paid for: those that run tasks, and one that the service adds for itself. */
export function kpus({
  parallelism,
  parallelismPerKpu,
}: Pick<Deployment, "parallelism" | "parallelismPerKpu">): number {
  return Math.ceil(parallelism / parallelismPerKpu) + 1;
}
