import { kinesisClient } from "../../io/kinesis/client";
import { useMadeUpCredentials } from "../../local/credentials";
import { ensureStream } from "../../local/sample/feed";
import { type RunningServices, startServices } from "../../local/services";
import type { VectorKind } from "../../local/vectors";
import type { Endpoints, JobOptions } from "../../options";
import { receiverKeyFile } from "../../options/alert-settings";

export interface JobServices {
  /** Addresses of the services that have one; a region's own endpoint has none. */
  readonly endpoints: Endpoints;
  /** Rejects when an embedded service ends by itself; never resolves. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

const NONE: RunningServices = {
  endpoints: {},
  vectors: undefined,
  failure: new Promise<never>(() => undefined),
  stop: async () => undefined,
};

/** Starts the embedded services and feeds the sample chat. `say` gets news for the user. */
export async function openJobServices(options: JobOptions, say: (line: string) => void): Promise<JobServices> {
  const { embedded } = options;
  const names = [
    ...(embedded.kinesis ? ["Kinesis"] : []),
    ...(embedded.bedrock ? ["Bedrock"] : []),
    ...(embedded.opensearch ? ["OpenSearch"] : []),
    ...(embedded.receiver ? ["a receiver of alerts"] : []),
  ];
  if (names.length === 0) return { ...NONE, endpoints: options.endpoints };
  say(`Starting ${names.join(", ").replace(/, ([^,]+)$/, " and $1")} on this machine ...`);
  // A real service needs its own credentials, and the embedded ones accept any.
  if (needsNoCredentials(options)) useMadeUpCredentials();
  const services = await startServices(
    {
      dataDirectory: options.local.dataDirectory,
      ...embedded,
      bedrockLatencyMs: options.local.bedrockLatencyMs,
      receiverKeyFile: embedded.receiver ? receiverKeyFile(options.local.dataDirectory) : undefined,
      vectors: options.local.vectors,
      details: {
        region: options.region,
        stream: options.stream,
        sessionGapMs: options.sessionGapMs,
        index: options.index,
        deadLetterIndex: options.deadLetterIndex,
        ...options.endpoints,
      },
    },
    say,
  );
  const endpoints = { ...options.endpoints, ...services.endpoints };
  try {
    await describe(options, { endpoints, vectors: services.vectors }, say);
  } catch (error) {
    await services.stop();
    throw error;
  }
  return { endpoints, failure: services.failure, stop: () => services.stop() };
}

function needsNoCredentials({ embedded: { kinesis, bedrock, opensearch }, input }: JobOptions): boolean {
  const isSourceHere = input === undefined ? kinesis : input.addresses.every(({ kind }) => kind === "local");
  return isSourceHere && bedrock && opensearch;
}

async function describe(
  options: JobOptions,
  { endpoints, vectors }: { readonly endpoints: Endpoints; readonly vectors: VectorKind | undefined },
  say: (line: string) => void,
): Promise<void> {
  const { embedded, region, stream, local } = options;
  if (embedded.kinesis && endpoints.kinesis !== undefined) {
    const client = kinesisClient({ region, endpoint: endpoints.kinesis });
    const made = await ensureStream(client, stream, local.shards, local.sample ? options.seed : undefined).finally(() =>
      client.destroy(),
    );
    const sample = made.sampleMessages === undefined ? "" : `, with a sample chat of ${made.sampleMessages} messages`;
    if (made.hasExpired === true) {
      say(`The sample chat is older than the stream keeps records; remove ${local.dataDirectory} to begin anew.`);
    }
    say(`  Kinesis     ${endpoints.kinesis}  stream ${stream}${made.isNew ? ", new" : ""}${sample}`);
  }
  if (embedded.bedrock) {
    const known = vectors === "words" ? "words, not meanings" : "words, and meanings by a small English encoder";
    say(`  Bedrock     ${endpoints.bedrock}  a stand-in: made-up summaries; vectors that know ${known}`);
  }
  if (embedded.opensearch) say(`  OpenSearch  ${endpoints.opensearch}  index ${options.index}`);
  if (embedded.receiver) say(`  Alerts      ${endpoints.receiver}  a webhook; what comes there is shown below`);
}
