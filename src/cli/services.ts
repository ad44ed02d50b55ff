/** The addresses of the services that a command needs, and the flags that all such commands share. */
import { access } from "node:fs/promises";
import path from "node:path";
import { JobError } from "../chat/errors";
import { openSearchClient, type OpenSearchClient } from "../io/opensearch/requests/client";
import { deadLetterIndexOf, type OpenSearchConnection } from "../io/opensearch/settings";
import { findServices, type Services } from "../local/folder";
import { startServices } from "../local/services";
import { type Endpoints, jobOptions } from "../options";
import { authentication } from "../options/authentication";
import { openPassword } from "../options/check";
import type { CommandLine, Origin } from "../options/command-line";
import type { ValuesOf } from "../options/spec";
import { LOCAL } from "../options/local";
import { INDEX, SOURCE, SUMMARIES } from "../options/table";
import type { PipelineSettings } from "../pipeline";

const { index, opensearchEndpoint, auth, username } = INDEX;

export const SERVICE_OPTIONS = {
  index,
  opensearchEndpoint,
  auth,
  username,
  bedrockEndpoint: SUMMARIES.bedrockEndpoint,
  region: SOURCE.region,
  local: LOCAL.local,
  dataDir: LOCAL.dataDir,
} as const;

export interface ServiceFlags {
  readonly values: ValuesOf<typeof SERVICE_OPTIONS> & { readonly deadLetterIndex?: string | undefined };
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface OpenServices {
  readonly endpoints: Endpoints;
  /** True when the embedded Bedrock answers, whose vectors know words, and little more. */
  readonly lexical: boolean;
  readonly index: string;
  readonly deadLetterIndex: string;
  readonly openSearch: OpenSearchClient;
  /** Stops the services started for this command; a running job's services stay. */
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Finds the services of the job that runs in this folder, or starts embedded ones for the duration of this command;
 * given addresses win. `say` is told of steps that take long. Rejects with BAD_OPTION or LOCAL_SERVICE.
 */
export async function openServices(
  { values, origins }: ServiceFlags,
  needsBedrock: boolean,
  say: (line: string) => void,
): Promise<OpenServices> {
  const fallback = values.local ? "local" : "aws";
  if (!values.local && values.opensearchEndpoint === undefined) {
    throw new JobError(
      "BAD_OPTION",
      "--no-local needs --opensearch-endpoint with the address of your OpenSearch domain.",
    );
  }
  const refusal = openPassword(values);
  if (refusal !== undefined) throw new JobError("BAD_OPTION", refusal);
  const bedrock = needsBedrock && (values.bedrockEndpoint ?? fallback) === "local";
  const opensearch = (values.opensearchEndpoint ?? fallback) === "local";
  const given = addresses({ bedrock: values.bedrockEndpoint, opensearch: values.opensearchEndpoint });
  const local = bedrock || opensearch ? await localServices(values, { bedrock, opensearch }, say) : NONE;
  const endpoints = { ...local.endpoints, ...given };
  const connection: OpenSearchConnection = {
    endpoint: endpoints.opensearch ?? "",
    auth: authentication(values),
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  };
  const client = openSearchClient(connection);
  const indexName = origins["index"] === "default" ? (local.index ?? values.index) : values.index;
  return {
    endpoints,
    lexical: bedrock,
    index: indexName,
    deadLetterIndex:
      values.deadLetterIndex ??
      (indexName === local.index ? local.deadLetterIndex : undefined) ??
      deadLetterIndexOf(indexName),
    openSearch: client,
    async close() {
      await client.close();
      await local.stop();
    },
  };
}

/**
 * The job's settings for these services, by a command line that has all of its options. Throws as `jobOptions` does.
 */
export function jobSettings(
  { index, deadLetterIndex, endpoints }: OpenServices,
  line: CommandLine,
  environment: Readonly<Record<string, string | undefined>>,
): PipelineSettings {
  const job = { ...line, values: { ...line.values, index, deadLetterIndex } };
  return jobOptions(job, environment, Date.now()).pipelineSettings(endpoints, Date.now());
}

/**
 * Finds Bedrock alone, or starts the local one for the duration of a command that needs nothing else. `lexical` is as
 * in `OpenServices`. Rejects with LOCAL_SERVICE.
 */
export async function openBedrock(
  values: Pick<ServiceFlags["values"], "bedrockEndpoint" | "local" | "region" | "index" | "dataDir">,
  say: (line: string) => void,
): Promise<{ readonly endpoint: string | undefined; readonly lexical: boolean; close(): Promise<void> }> {
  const lexical = (values.bedrockEndpoint ?? (values.local ? "local" : "aws")) === "local";
  const local = lexical ? await localServices(values, { bedrock: true, opensearch: false }, say) : NONE;
  const { bedrock: endpoint } = { ...local.endpoints, ...addresses({ bedrock: values.bedrockEndpoint }) };
  return { endpoint, lexical, close: () => local.stop() };
}

interface Local {
  readonly endpoints: Endpoints;
  /** Names of the running job's indexes. */
  readonly index?: string;
  readonly deadLetterIndex?: string;
  stop(): Promise<void>;
}

const SERVICES = ["kinesis", "bedrock", "opensearch"] as const;

const NONE: Local = { endpoints: {}, stop: async () => undefined };

async function localServices(
  values: Pick<ServiceFlags["values"], "region" | "index" | "deadLetterIndex" | "dataDir">,
  wanted: { readonly bedrock: boolean; readonly opensearch: boolean },
  say: (line: string) => void,
): Promise<Local> {
  const dataDirectory = path.resolve(values.dataDir);
  const running = await runningServices(dataDirectory, wanted);
  if (running !== undefined) {
    const { bedrock, opensearch, index: name, deadLetterIndex: letters, receiver } = running;
    return { ...NONE, index: name, deadLetterIndex: letters, endpoints: addresses({ bedrock, opensearch, receiver }) };
  }
  if (wanted.opensearch) await mustHaveRun(dataDirectory);
  say("No job runs here, so its services are started for this command …");
  const services = await startServices(
    {
      dataDirectory,
      kinesis: false,
      ...wanted,
      bedrockLatencyMs: 0,
      details: {
        region: values.region,
        stream: "",
        sessionGapMs: 0,
        index: values.index,
        deadLetterIndex: values.deadLetterIndex ?? deadLetterIndexOf(values.index),
      },
    },
    say,
  );
  return { endpoints: services.endpoints, stop: () => services.stop() };
}

/**
 * The services of the job, or of a command, that runs on a data folder; undefined when none does. Rejects with
 * LOCAL_SERVICE while they start, and where one of those that are wanted is not among them.
 */
export async function runningServices(
  dataDirectory: string,
  wanted: Readonly<Partial<Record<(typeof SERVICES)[number], boolean>>>,
): Promise<Services | undefined> {
  const running = await findServices(dataDirectory);
  if (running?.state === "starting") {
    throw new JobError("LOCAL_SERVICE", "The job's services are still starting: try again in some seconds.");
  }
  const isMissing = (name: (typeof SERVICES)[number]): boolean =>
    wanted[name] === true && running?.[name] === undefined;
  if (running !== undefined && SERVICES.some(isMissing)) {
    throw new JobError(
      "LOCAL_SERVICE",
      `What runs here (process ${running.pid}) uses other services: give the same endpoints as it was given, or wait for its end.`,
    );
  }
  return running;
}

function addresses(given: { readonly [K in keyof Endpoints]?: string | undefined }): Endpoints {
  return Object.fromEntries(
    Object.entries(given).filter(([, address]) => address !== undefined && address !== "local" && address !== "aws"),
  );
}

async function mustHaveRun(dataDirectory: string): Promise<void> {
  await access(path.join(dataDirectory, "opensearch-data")).catch((cause: unknown) => {
    throw new JobError(
      "LOCAL_SERVICE",
      `Nothing was indexed in ${dataDirectory} yet: run npm start first, or give --opensearch-endpoint.`,
      { cause },
    );
  });
}
