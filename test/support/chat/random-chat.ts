/**
 * A random chat that a seed decides, with everything that makes sessions hard: many users at once, gaps of exactly five
 * minutes and a millisecond less or more, late messages that bridge two sessions, the same message sent twice (near and
 * far), another text under the same id, ties of event time, aggregated records, every script; in conversations, two
 * authors who write the same at one time or under one id. Its records are out of order by less than `disorderMs`.
 */
import { GAP_MS } from "./oracle";
import { type Random, randomOf } from "../random";
import type { PlannedMessage } from "./sent";

/** One Kinesis record: several messages are an aggregated record. */
export interface PlannedRecord {
  readonly partitionKey: string;
  readonly messages: readonly PlannedMessage[];
}

export interface ChatShape {
  readonly users: number;
  readonly messagesPerUser: number;
  /** Event time of the earliest message. */
  readonly startMs: number;
  /** Bound of the disorder: no message is put after one that is newer by this much or more. */
  readonly disorderMs: number;
  /** Probability that a record is an aggregated one. */
  readonly aggregated: number;
  /** True for conversations of customers, agents and a bot in the place of users. */
  readonly conversations?: boolean;
}

/** How the job reads conversations, and what their documents are to have. */
export const CONVERSATION_FLAGS = [
  ...["--session-key", "chat.id", "--role-field", "from", "--roles", "agent=operator"],
  ...["--attributes", "channel=meta.channel,last=meta.channel:last,channels=meta.channel:all"],
] as const;

const WORDS = [
  "where is my order",
  "الطلب متأخر جدا",
  "订单在哪里?",
  "注文はどこですか",
  "где мой заказ",
  "मेरा ऑर्डर कहाँ है",
  "내 주문은 어디에 있나요",
  "πού είναι η παραγγελία",
  "היכן ההזמנה שלי",
  "ขอคืนเงิน",
  "thanks 🙏🏽 👩‍👩‍👧‍👦",
  'quotes " and \\ and \u2028 and \u0000',
  "ｆｕｌｌ ｗｉｄｔｈ e\u0301",
];

/** Steps between a user's messages: around the gap's edge, ties, and the ordinary. */
function step(random: Random): number {
  const kind = random.int(0, 9);
  if (kind < 3) return GAP_MS + random.int(-1, 1);
  if (kind === 3) return 0;
  if (kind === 4) return random.int(GAP_MS, 3 * GAP_MS);
  return random.int(1, GAP_MS - 1);
}

export function randomChat(seed: number, shape: ChatShape): readonly PlannedRecord[] {
  const random = randomOf(seed);
  const messages: PlannedMessage[] = [];
  for (let user = 0; user < shape.users; user++) {
    const own = chatOfUser(`user-${seed}-${user}`, shape, random);
    messages.push(...(shape.conversations === true ? conversationOf(own, random) : own));
  }
  // Sorting by event time plus less than the disorder keeps every message within the disorder of all before it.
  const putOrder = messages
    .map((message) => ({ message, putMs: message.timestampMs + Math.floor(random.next() * shape.disorderMs) }))
    .sort((a, b) => a.putMs - b.putMs)
    .map(({ message }) => message);
  return intoRecords(putOrder, shape.aggregated, random);
}

function chatOfUser(userId: string, shape: ChatShape, random: Random): PlannedMessage[] {
  const messages: PlannedMessage[] = [];
  let timestampMs = shape.startMs + random.int(0, GAP_MS);
  for (let index = 0; index < shape.messagesPerUser; index++) {
    const content = `${random.pick(WORDS)} #${index}`;
    const messageId = random.chance(0.8) ? { messageId: `${userId}-${index}` } : {};
    messages.push({ userId, content, timestampMs, ...messageId });
    timestampMs += step(random);
  }
  const repeats = messages.filter(() => random.chance(0.1));
  for (const original of repeats) {
    // Mostly a plain resend; sometimes the same id much later, where another session makes it a message of its own.
    const laterMs = random.pick([0, 0, 1, 1_000, GAP_MS - 1, GAP_MS, 2 * GAP_MS]);
    const content = random.chance(0.2) ? `${original.content} edited` : original.content;
    messages.push({ ...original, content, timestampMs: original.timestampMs + laterMs });
  }
  return messages;
}

/** The same messages, said by several authors in one conversation; some of them by two. */
function conversationOf(messages: readonly PlannedMessage[], random: Random): PlannedMessage[] {
  const authors = [
    { name: "customer" },
    { name: "other customer", from: "customer" },
    { name: "agent", from: "operator" },
    { name: "colleague", from: "Operator" },
    { name: "bot", from: "bot" },
  ];
  // The same words under the same id are one message only if one author says them.
  const ofOriginal = new Map<string, (typeof authors)[number]>();
  return messages.flatMap((message) => {
    const original = message.messageId ?? `${message.timestampMs} ${message.content}`;
    const author = ofOriginal.get(original) ?? random.pick(authors);
    ofOriginal.set(original, author);
    const another = random.chance(0.1) ? [random.pick(authors)] : [];
    return [author, ...another].map(({ name, from }) => ({
      ...message,
      userId: `${name} of ${message.userId}`,
      chat: message.userId,
      ...(from === undefined ? {} : { from }),
      ...(random.chance(0.5) ? { channel: random.pick(["web", "app", "phone"]) } : {}),
    }));
  });
}

function intoRecords(messages: readonly PlannedMessage[], aggregated: number, random: Random): PlannedRecord[] {
  const records: PlannedRecord[] = [];
  for (let index = 0; index < messages.length;) {
    const size = random.chance(aggregated) ? random.int(2, 8) : 1;
    const own = messages.slice(index, index + size);
    records.push({ partitionKey: own[0]!.userId, messages: own });
    index += own.length;
  }
  return records;
}
