/**
 * Estimates a deployment's costs for a month, roughly: list prices of us-east-1 as public tables had them in 2025, in
 * US dollars, without free tiers, transfer and taxes. Other regions cost up to a third more. Look them up before you
 * decide.
 */
import { tokensUsd } from "../../src/io/bedrock/prices";
import { type Deployment, kpus } from "./settings";
import { alarmMetrics } from "./template/alarms";
import { metricsOf } from "./template/metrics";

const HOURS = 730;
const DAYS = 30.4;

const USD = {
  kpuHour: 0.11,
  /** Each KPU has 50 GB. */
  kpuStorageMonth: 50 * 0.1,
  onDemandStreamHour: 0.04,
  shardHour: 0.015,
  gp3GbMonth: 0.122,
  /** The price of one metric in an alarm: an alarm on a formula pays for each metric of it. */
  alarmMetricMonth: 0.1,
  dashboardMonth: 3,
  metricMonth: 0.3,
  logGb: 0.5,
  snapshotGbMonth: 0.023,
  /** The price of ten thousand calls. */
  keyCalls: 0.03,
} as const;

/** Price of an hour of a search machine; others are on the price page. */
const MACHINE_HOUR_USD: Readonly<Record<string, number>> = {
  "t3.small.search": 0.036,
  "t3.medium.search": 0.073,
  "m7g.medium.search": 0.068,
  "m7g.large.search": 0.135,
  "r7g.medium.search": 0.089,
  "r7g.large.search": 0.178,
  "r7g.xlarge.search": 0.356,
};

/** Tokens of a session of some ten messages. */
const TOKENS = { summaryIn: 1_000, summaryOut: 250, embedding: 150 } as const;

export interface Cost {
  readonly what: string;
  /** Undefined when the price is not known here. */
  readonly usd: number | undefined;
  /** True for costs that go on while the job is stopped. */
  readonly always?: boolean;
}

export function monthlyCosts(
  deployment: Deployment,
  use: { readonly summaryModel: string; readonly embeddingModel: string; readonly sessionsPerDay: number },
): readonly Cost[] {
  const paid = kpus(deployment);
  const sessions = use.sessionsPerDay * DAYS;
  const { summaryIn, summaryOut, embedding } = TOKENS;
  const alarmed = alarmMetrics(deployment);
  const metrics = metricsOf(deployment).length;
  return [
    {
      what: `${paid} KPUs (one of them the service's own) and their storage`,
      usd: paid * USD.kpuHour * HOURS + (paid - 1) * USD.kpuStorageMonth,
    },
    ...streamCosts(deployment),
    ...domainCosts(deployment),
    ...guardCosts(deployment),
    {
      what: `CloudWatch: dashboard, alarms on ${alarmed} metrics, ${metrics} metrics of the job, but not the log, nor ${USD.metricMonth.toFixed(2)} for each code of dead letters and cause of retries that the job has met since its start`,
      usd: USD.dashboardMonth + alarmed * USD.alarmMetricMonth + metrics * USD.metricMonth,
      always: true,
    },
    {
      what: `summaries of ${use.sessionsPerDay} sessions a day`,
      usd: tokensUsd(use.summaryModel, sessions * summaryIn, sessions * summaryOut),
    },
    { what: "their embeddings", usd: tokensUsd(use.embeddingModel, sessions * embedding, 0) },
  ];
}

function streamCosts({ stream }: Deployment): readonly Cost[] {
  if (stream.kind === "own") return [];
  return stream.shards === undefined
    ? [{ what: "the stream, on demand, without its data", usd: USD.onDemandStreamHour * HOURS, always: true }]
    : [
        {
          what: `the stream's ${stream.shards} shards, without their data`,
          usd: stream.shards * USD.shardHour * HOURS,
          always: true,
        },
      ];
}

function domainCosts({ domain }: Deployment): readonly Cost[] {
  if (domain.kind === "own") return [];
  const { instance, instances, volumeGib } = domain;
  const hour = MACHINE_HOUR_USD[instance];
  return [
    {
      what: `OpenSearch: ${instances} × ${instance} with ${volumeGib} GiB`,
      usd: hour === undefined ? undefined : instances * (hour * HOURS + volumeGib * USD.gp3GbMonth),
      always: true,
    },
  ];
}

/** Costs by use, which is not known beforehand. */
function guardCosts({ domain, kmsKeyArn }: Deployment): readonly Cost[] {
  return [
    ...(domain.kind === "new" && domain.auditLogs
      ? [{ what: `the audit log, ${USD.logGb.toFixed(2)} a GB`, usd: undefined, always: true }]
      : []),
    ...(kmsKeyArn === undefined
      ? []
      : [{ what: `calls to your key, ${USD.keyCalls.toFixed(2)} for 10,000`, usd: undefined, always: true }]),
  ];
}

/** Formats the costs for people, the sums last. `keepSnapshots` is the number of snapshots that are paid for. */
export function costLines(costs: readonly Cost[], keepSnapshots: number): readonly string[] {
  const amount = (usd: number): string => usd.toFixed(usd < 10 ? 2 : 0).padStart(8);
  const sum = (some: readonly Cost[], what: string): string => {
    const unknown = some.some(({ usd }) => usd === undefined) ? " and what is not known here" : "";
    return `  ${amount(some.reduce((total, { usd = 0 }) => total + usd, 0))}  ${what}${unknown}`;
  };
  return [
    ...costs.map(({ what, usd }) => `  ${usd === undefined ? "?".padStart(8) : amount(usd)}  ${what}`),
    sum(costs, "together"),
    sum(
      costs.filter(({ always }) => always),
      `of it while the job is stopped, beside its snapshots (the newest ${keepSnapshots}, ${USD.snapshotGbMonth} a GB)`,
    ),
  ];
}
