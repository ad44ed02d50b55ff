/** The page beside a job's services, with dead letters of each kind, as `npm start` would serve it. */
import { generateKeyPairSync } from "node:crypto";
import type { DeadLetter } from "../../../src/chat/model";
import { sessionDeadLetter } from "../../../src/chat/steps/letters/dead-letter";
import { openPage } from "../../../src/cli/start/page";
import { openSearchClient, type OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { writeDeadLetters } from "../../../src/io/opensearch/letters/write-dead-letters";
import { useMadeUpCredentials } from "../../../src/local/credentials";
import { startServices } from "../../../src/local/services";
import { readOptions } from "../../../src/options";
import type { ServedPage } from "../../../src/page/serve";
import { JobReadings } from "../../../src/telemetry/job-readings";
import { setBedrockFaults } from "../faults/bedrock-control";
import { chatMessage, sessionPart, START_MS } from "../opensearch/embedded-parts";
import { harness } from "../opensearch/write-elements";
import { temporaryFolder } from "../temporary-folder";

export const CARD = "4111 1111 1111 1111";
/** More than a page of the list has. */
export const MENDED = 30;
/** So that a redrive is seen before it can be held. */
const MODEL_LATENCY_MS = 4_000;

export interface LetterServer {
  readonly client: OpenSearchClient;
  readonly index: string;
  /** Turns the models off, or on again: a redrive that is under way waits for them. */
  setModelsAway(areAway: boolean): Promise<void>;
  /** Serves the page anew, as a start of its command does. */
  serve(): Promise<ServedPage>;
  write(letters: readonly DeadLetter[]): Promise<void>;
  stop(): Promise<void>;
}

export async function letterServer(): Promise<LetterServer> {
  useMadeUpCredentials();
  const folder = await temporaryFolder("letters");
  const index = "chats-dead-letters";
  const details = { region: "us-east-1", stream: "s", sessionGapMs: 300_000, index: "chats", deadLetterIndex: index };
  const services = await startServices(
    {
      dataDirectory: folder.path,
      ...{ kinesis: false, bedrock: true, opensearch: true },
      ...{ bedrockLatencyMs: MODEL_LATENCY_MS, details },
    },
    () => undefined,
  );
  const settings = readOptions(["--index", "chats"], {}).pipelineSettings(services.endpoints, Date.now());
  const { openSearch } = settings;
  await prepareOpenSearch(openSearch);
  const client = openSearchClient(openSearch.connection);
  const write = async (letters: readonly DeadLetter[], sealed = false): Promise<void> => {
    const policy = { kind: "sealed", publicKey: publicKey() } as const;
    const bury = await harness(writeDeadLetters(sealed ? { ...openSearch, letters: policy } : openSearch), []);
    await bury.call(letters);
    await bury.close();
    await client.request({ method: "POST", path: `/${index}/_refresh` });
  };
  await write(sampleLetters());
  await write([recordLetter(900, "sealed words", "TOO_LARGE")], true);
  return {
    ...{ client, index, write },
    setModelsAway: (areAway) => setBedrockFaults(services.endpoints.bedrock!, { down: areAway ? "503" : false }),
    async serve() {
      const embedded = { kinesis: false, bedrock: true, opensearch: true, receiver: false };
      return (await openPage({ page: { port: undefined }, embedded }, settings, new JobReadings(), {
        kind: "direct",
      }))!;
    },
    async stop() {
      await client.close();
      await services.stop();
      await folder.remove();
    },
  };
}

export function recordLetter(
  number: number,
  payload: string | Buffer,
  code: DeadLetter["code"] = "UNREADABLE",
): DeadLetter {
  return {
    ...{ code, stage: "parse", reason: "The record is not JSON.", kind: "record", messageCount: 1 },
    payload: Buffer.from(payload),
    position: { shardId: "shardId-000000000000", sequenceNumber: String(number), subSequenceNumber: 0 },
    timestampMs: START_MS + number * 1_000,
  };
}

/** A record that is a message by the options that the page's job has. */
export function mendedLetter(number: number, code: DeadLetter["code"] = "NO_USER"): DeadLetter {
  const record = {
    userId: `${code}-${number % 3}`,
    content: `Where is parcel ${number}?`,
    timestamp: START_MS + number,
  };
  return recordLetter(number, JSON.stringify(record), code);
}

function sampleLetters(): readonly DeadLetter[] {
  const messages = [
    chatMessage(1, { role: "customer", content: `My card is ${CARD}` }),
    chatMessage(2, { role: "agent", content: "مرحبا، كيف أساعدك؟" }),
  ];
  return [
    ...Array.from({ length: MENDED }, (_, number) => mendedLetter(number)),
    recordLetter(800, `not JSON, but ${CARD} and a@b.de`),
    recordLetter(801, Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0x41])),
    sessionDeadLetter("MODEL_REFUSED", "The model rejected it.", sessionPart("yan", messages)),
  ];
}

function publicKey(): string {
  return generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "pem" }).toString();
}
