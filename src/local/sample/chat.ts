import { aggregate, type SampleRecord } from "./aggregate";
import { CITIES, type Said, SCENARIOS, textOf } from "./scenarios";
import { type Random, randomFrom } from "../random";

export interface SampleChat {
  /** Records in the order of writing, which differs a little from that of event times. */
  readonly records: readonly SampleRecord[];
  /** Well-formed messages, repeated ones included. */
  readonly messageCount: number;
  /** Records that hold several messages. */
  readonly aggregatedCount: number;
  readonly duplicateCount: number;
  readonly malformedCount: number;
}

/** Fixed, so that every run yields the same sessions at the same times. */
const FIRST_MESSAGE_MS = Date.UTC(2026, 0, 12, 9);
const GAP_MS = 5 * 60_000;
const MIN_SESSIONS = 3;
const MAX_SESSIONS = 5;
/** Less than the default of --allowed-disorder, so that no message comes too late. */
const MAX_DISORDER_MS = 8_000;
const DUPLICATES = 6;
/** One in this many users has a second session whose messages a producer aggregates into one record. */
const AGGREGATING_USERS = 8;
const AGGREGATED_STEP_MS = 1_000;

const NAMES = (
  "alice bob chloé dmitri elena fatima george hana ivan jürgen kenji lucía mei nikos olga " +
  "priya quentin rosa søren tomás ursula victor wei ximena yusuf"
).split(" ");

const AGENTS = ["agent-anna", "agent-ben", "agent-carla", "agent-david"] as const;
const CHANNELS = ["web", "app", "messenger"] as const;
const TENANTS = ["north", "south"] as const;

/** Fields of a record but for its id, text and time. */
interface Source {
  readonly userId: string;
  /** The word of whoever made the chat: the job has another one for it. */
  readonly role: string;
  /** The customer, whoever writes. */
  readonly chatId: string;
  readonly meta: { readonly channel: string };
  readonly org: { readonly id: string };
}

interface Draft extends Source {
  readonly content: string;
  readonly messageId: string;
  readonly timestampMs: number;
  /** Time of its writing, relative to the others. */
  readonly writtenMs: number;
  /** Drafts of the same burst are written as one record. */
  readonly burst: string | undefined;
}

/**
 * The chat of one seed: some 90 sessions of 25 customers with agents in twelve languages, with the disorder of real
 * streams.
 */
export function sampleChat(seed: number): SampleChat {
  const random = randomFrom(seed);
  const messages = NAMES.flatMap((name, index) => draftChat(name, index, random));
  const repeated = Array.from({ length: DUPLICATES }, () => random.pick(messages)).map((message) => ({
    ...message,
    writtenMs: message.timestampMs + random.int(1_000, MAX_DISORDER_MS),
    burst: undefined,
  }));
  const drafts = [...messages, ...repeated];
  const bursts = burstsOf(messages);
  const written = [
    ...drafts.filter(({ burst }) => burst === undefined).map((draft) => ({ ...draft, record: toRecord(draft) })),
    ...bursts.map((burst) => ({
      writtenMs: Math.max(...burst.map(({ writtenMs }) => writtenMs)),
      record: aggregate(burst.map(toRecord)),
    })),
    ...malformed().map((record) => ({ writtenMs: random.pick(messages).timestampMs, record })),
  ].sort((a, b) => a.writtenMs - b.writtenMs);
  return {
    records: written.map(({ record }) => record),
    messageCount: drafts.length,
    aggregatedCount: bursts.length,
    duplicateCount: repeated.length,
    malformedCount: malformed().length,
  };
}

/** All sessions of one customer, one after the other. */
function draftChat(customer: string, userIndex: number, random: Random): Draft[] {
  const drafts: Draft[] = [];
  let timestampMs = FIRST_MESSAGE_MS + random.int(0, 30 * 60_000);
  const sessions = random.int(MIN_SESSIONS, MAX_SESSIONS);
  for (let session = 0; session < sessions; session++) {
    // The first sessions go round all scenarios, so that each of them occurs.
    const scenario = session === 0 ? SCENARIOS[userIndex % SCENARIOS.length] : random.pick(SCENARIOS);
    const facts = {
      order: String(random.int(10_000, 99_999)),
      city: random.pick(CITIES),
      amount: `${random.int(9, 240)}.90 €`,
    };
    const burst = session === 1 && userIndex % AGGREGATING_USERS === 3 ? `${customer} ${session}` : undefined;
    const channel = random.pick(CHANNELS);
    const agent = random.int(0, AGENTS.length - 1);
    const tenant = TENANTS[userIndex % TENANTS.length]!;
    for (const [index, said] of (scenario?.messages ?? []).entries()) {
      if (index > 0) timestampMs += burst === undefined ? stepMs(random) : AGGREGATED_STEP_MS;
      const isDelayed = burst === undefined && random.int(1, 10) === 1;
      drafts.push({
        ...authorOf(said, customer, agent),
        chatId: customer,
        meta: { channel },
        org: { id: tenant },
        content: textOf(said).replace(/\{(order|city|amount)\}/g, (_, name: keyof typeof facts) => facts[name]),
        messageId: `${userIndex}-${session}-${index}`,
        timestampMs,
        writtenMs: timestampMs + (isDelayed ? random.int(1_000, MAX_DISORDER_MS) : 0),
        burst,
      });
    }
    timestampMs += breakMs(random);
  }
  return drafts;
}

function authorOf(said: Said, customer: string, agent: number): Pick<Source, "userId" | "role"> {
  if (typeof said === "string") return { userId: customer, role: "customer" };
  if (said[0] === "bot") return { userId: "helper-bot", role: "bot" };
  return { userId: AGENTS[(agent + (said[0] === "operator" ? 0 : 1)) % AGENTS.length]!, role: "operator" };
}

function burstsOf(drafts: readonly Draft[]): readonly (readonly Draft[])[] {
  const bursts = new Map<string, Draft[]>();
  for (const draft of drafts) {
    if (draft.burst === undefined) continue;
    const burst = bursts.get(draft.burst) ?? [];
    burst.push(draft);
    bursts.set(draft.burst, burst);
  }
  return [...bursts.values()];
}

/**
 * Time between two messages of a session: seconds as a rule, now and then the longest pause that keeps it one session.
 */
function stepMs(random: Random): number {
  return random.int(1, 25) === 1 ? GAP_MS - 1 : random.int(3_000, 90_000);
}

/** Time between two sessions: minutes as a rule, now and then the shortest pause that makes them two. */
function breakMs(random: Random): number {
  return random.int(1, 6) === 1 ? GAP_MS : random.int(6 * 60_000, 45 * 60_000);
}

function toRecord(draft: Draft): SampleRecord {
  const { userId, role, chatId, meta, org, content, messageId, timestampMs } = draft;
  const message = { userId, role, content, messageId, timestamp: timestampMs, chatId, meta, org };
  return encode(chatId, JSON.stringify(message));
}

/** Records that can only become dead letters, one for each way of being unreadable. */
function malformed(): readonly SampleRecord[] {
  return [
    encode(
      "broken",
      '{"userId": "broken", "content": "Write to me at broken@example.org, since I am cut off in the mid',
    ),
    encode("broken", '["not", "an", "object"]'),
    encode("nobody", '{"content": "who says this?"}'),
    encode("silent", '{"userId": "silent", "content": "   "}'),
    encode("marty", '{"userId": "marty", "content": "from the future", "timestamp": "2985-10-26T01:21:00Z"}'),
  ];
}

function encode(partitionKey: string, text: string): SampleRecord {
  return { partitionKey, data: new TextEncoder().encode(text) };
}
