/** Deployments of every form, for tests of rules that hold for all. */
import type { Deployment, NewDomainSettings } from "../../../runners/msf/settings";
import { LONG_RULES, LONG_TAXONOMY } from "./long-options";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

const NEW_DOMAIN: NewDomainSettings = {
  kind: "new",
  instance: "t3.medium.search",
  instances: 1,
  volumeGib: 20,
  searcherArns: [],
  operatorArns: [],
  masterUserArn: undefined,
  auditLogs: false,
  inVpc: false,
};

export const PLAIN: Deployment = {
  name: "chat-sessions",
  runtime: "FLINK-1_20",
  jar: {
    bucket: "jars",
    owner: "123456789012",
    key: "beam-chat-sessions/chat-sessions/0123.jar",
    version: "3sL4kqtJlcpXroDTDmJ",
  },
  parallelism: 2,
  parallelismPerKpu: 1,
  autoScaling: false,
  metricsLevel: "APPLICATION",
  logLevel: "INFO",
  logRetentionDays: 30,
  stream: { kind: "new", name: "chat", shards: undefined },
  domain: NEW_DOMAIN,
  index: "chat-sessions",
  deadLetterIndex: "chat-sessions-dead-letters",
  models: { summary: "global.anthropic.claude-haiku-4-5-20251001-v1:0", embedding: "amazon.titan-embed-text-v1" },
  modelArns: [
    "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:aws:bedrock:::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/amazon.titan-embed-text-v1",
  ],
  alarmTopicArn: undefined,
  lagAlarmMs: 300_000,
  vpc: undefined,
  kmsKeyArn: undefined,
  properties: { stream: "chat", region: "us-east-1", auth: "sigv4" },
  given: { stream: "chat" },
};

const GUARDED: Deployment = {
  ...PLAIN,
  domain: {
    ...NEW_DOMAIN,
    instances: 2,
    searcherArns: ["arn:aws:iam::123456789012:role/searcher"],
    operatorArns: ["arn:aws:iam::123456789012:user/operator"],
    masterUserArn: "arn:aws:iam::123456789012:role/guardian",
    auditLogs: true,
    inVpc: true,
  },
  vpc: {
    subnetIds: ["subnet-11111111", "subnet-22222222", "subnet-33333333"],
    securityGroupIds: ["sg-11111111"],
  },
  kmsKeyArn: KEY,
};

const ALARM_TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms";

export const DEPLOYMENTS: Readonly<Record<string, Deployment>> = {
  "everything new": PLAIN,
  "all of the user's own": {
    ...PLAIN,
    stream: {
      kind: "own",
      name: "chat",
      keyArn: KEY,
    },
    domain: { kind: "own", name: "search" },
    properties: { ...PLAIN.properties, "opensearch-endpoint": "https://search-search-abc.us-east-1.es.amazonaws.com" },
    eventBus: "alerts",
    redactionKeyArn: KEY,
    webhookKeyArn: KEY,
    alarmTopicArn: ALARM_TOPIC,
    vpc: { subnetIds: ["subnet-11111111"], securityGroupIds: ["sg-11111111"] },
  },
  "shards, three nodes, searchers, operators": {
    ...PLAIN,
    runtime: "FLINK-1_19",
    stream: { kind: "new", name: "chat", shards: 4 },
    domain: {
      ...NEW_DOMAIN,
      instance: "r7g.large.search",
      instances: 3,
      volumeGib: 100,
      searcherArns: ["arn:aws:iam::123456789012:role/searcher"],
      operatorArns: ["arn:aws:iam::123456789012:user/operator"],
    },
    autoScaling: true,
    metricsLevel: "OPERATOR",
  },
  "guarded: fine-grained access control, audit log, own key, all in a VPC": GUARDED,
  "guarded, with all receivers and the longest labels and rules": {
    ...GUARDED,
    eventBus: "alerts",
    redactionKeyArn: KEY,
    webhookKeyArn: KEY,
    alarmTopicArn: ALARM_TOPIC,
    properties: { ...PLAIN.properties, taxonomy: LONG_TAXONOMY, "alert-rules": LONG_RULES },
    given: { ...PLAIN.given, taxonomy: LONG_TAXONOMY, alertRules: LONG_RULES },
  },
};
