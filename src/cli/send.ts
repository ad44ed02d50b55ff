import { randomUUID } from "node:crypto";
import path from "node:path";
import { JobError } from "../chat/errors";
import { kinesisClient } from "../io/kinesis/client";
import { checkStream } from "../io/kinesis/check";
import { putMessages } from "../io/kinesis/write";
import { useMadeUpCredentials } from "../local/credentials";
import { findServices } from "../local/folder";
import { MESSAGES, SESSIONS } from "../options/chat";
import { type CommandLine, readCommandLine, typed } from "../options/command-line";
import { SEND } from "../options/commands";
import { LOCAL } from "../options/local";
import { SOURCE } from "../options/table";

const { stream, region, kinesisEndpoint } = SOURCE;
const { userField, contentField, messageIdField, timestampField } = MESSAGES;
const { sessionGap } = SESSIONS;
const { local, dataDir } = LOCAL;
const PLACE = { stream, region, kinesisEndpoint, sessionGap, local, dataDir } as const;
const FIELDS = { userField, contentField, messageIdField, timestampField } as const;

const INFO = {
  usage: "npm run send --",
  says: "Puts one chat message on the stream, with the present time.",
  operand: '"text"',
  after: 'Example:\n  npm run send -- --user alice "My parcel has not arrived"',
} as const;

interface Place {
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly stream: string;
  readonly sessionGapMs: number;
}

/** Runs `npm run send`. Resolves with the text to print. Rejects with `JobError` or `HelpWanted`. */
export async function send(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const line = readCommandLine({ Message: SEND, Stream: PLACE, Fields: FIELDS }, INFO, argv, environment);
  const { user, messageId } = typed(line, SEND);
  const content = line.operands.join(" ");
  if (user === undefined || content.trim() === "") {
    throw new JobError("BAD_OPTION", 'Say who writes what: npm run send -- --user alice "My parcel has not arrived".');
  }
  const place = await findPlace(line);
  const target = {
    connection: { region: place.region, ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint }) },
    streamName: place.stream,
  };
  await checkStream(target);
  const nowMs = Date.now();
  const fields = typed(line, FIELDS);
  const message = messageWith([
    [fields.userField, user],
    [fields.contentField, content],
    [fields.messageIdField, messageId ?? randomUUID()],
    [fields.timestampField, nowMs],
  ]);
  const data = new TextEncoder().encode(JSON.stringify(message));
  const client = kinesisClient(target.connection);
  const [put] = await putMessages(client, place.stream, [{ partitionKey: user, data }]).finally(() => client.destroy());
  const closes = new Date(nowMs + place.sessionGapMs);
  return [
    `Sent to ${put?.shardId} of ${place.stream} as record ${put?.sequenceNumber}.`,
    `Its session closes at ${closes.toLocaleTimeString("en-GB")} unless ${user} writes again before; then it is summarised and indexed.`,
  ].join("\n");
}

/** Finds the stream: the running job's embedded one, or a real one. */
async function findPlace(line: CommandLine): Promise<Place> {
  const values = typed(line, PLACE);
  const endpoint = values.kinesisEndpoint ?? (values.local ? "local" : "aws");
  if (endpoint !== "local") {
    if (line.origins["stream"] === "default") {
      throw new JobError("BAD_OPTION", "A real Kinesis needs --stream with the name of your stream.");
    }
    const address = endpoint === "aws" ? undefined : endpoint;
    return { endpoint: address, region: values.region, stream: values.stream, sessionGapMs: values.sessionGap };
  }
  const dataDirectory = path.resolve(values.dataDir);
  const running = await findServices(dataDirectory);
  if (running?.state !== "running" || running.kinesis === undefined) {
    throw new JobError(
      "LOCAL_SERVICE",
      `No job with an embedded Kinesis runs on ${dataDirectory}: run npm start in another terminal first, or give --kinesis-endpoint.`,
    );
  }
  useMadeUpCredentials();
  const { kinesis, sessionGapMs } = running;
  const chosen = line.origins["stream"] === "default" ? running.stream : values.stream;
  return { endpoint: kinesis, region: running.region, stream: chosen, sessionGapMs };
}

/** Builds an object with each value at its dotted path. */
export function messageWith(fields: readonly (readonly [path: string, value: unknown])[]): object {
  const message: Record<string, unknown> = {};
  for (const [dotted, value] of fields) {
    const names = dotted.split(".");
    const last = names.pop() ?? dotted;
    let parent = message;
    for (const name of names) {
      const next = Object.hasOwn(parent, name) ? parent[name] : undefined;
      const child = typeof next === "object" && next !== null ? (next as Record<string, unknown>) : {};
      parent[name] = child;
      parent = child;
    }
    parent[last] = value;
  }
  return message;
}
