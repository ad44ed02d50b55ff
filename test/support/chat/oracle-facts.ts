/** The facts of a conversation beside its messages, by an algorithm that shares no code with the pipeline. */
import { isDeepStrictEqual } from "node:util";
import type { SentMessage } from "./sent";
import type { StoredPart } from "./stored-part";

/** The role that the word stands for, by the options with which tests read conversations. */
export function roleOf({ from = "customer" }: Pick<SentMessage, "from">): string {
  return /^operator$/i.test(from) ? "agent" : from.toLowerCase();
}

/** Sentences of how the facts of a session's parts differ; `messages` are those expected of it, in order. */
export function factDifferences(
  key: string,
  messages: readonly SentMessage[],
  parts: readonly StoredPart[],
): readonly string[] {
  const found: string[] = [];
  const check = (what: string, has: unknown, wanted: unknown): void => {
    if (isDeepStrictEqual(has, wanted)) return;
    found.push(`${key}: ${what} ${JSON.stringify(has)}, expected ${JSON.stringify(wanted)}`);
  };
  for (const part of parts) {
    if (part.facts === undefined) continue;
    const { participants, roles, messageCountByRole, durationMs, characters } = part.facts;
    const said = part.messages.map(({ author, role }) => ({ author, role: role! }));
    const pairs = said.map(({ author, role }) => `${author} as ${role}`);
    check(
      "participants",
      participants.map(({ id, role, messageCount }) => `${id} as ${role}: ${messageCount}`),
      [...new Set(pairs)].map((pair) => `${pair}: ${pairs.filter((own) => own === pair).length}`),
    );
    check("roles", roles, [...new Set(said.map(({ role }) => role))].toSorted());
    const counts = new Map(Object.entries(messageCountByRole));
    for (const role of ["customer", "agent", "bot"]) {
      check(`${role}'s messages`, counts.get(role) ?? 0, said.filter((own) => own.role === role).length);
    }
    check("duration", durationMs, part.endMs - part.startMs);
    check("characters", characters, part.messages.map(({ content }) => content).join("").length);
    const speaker = said.find(({ role }) => role === "customer") ?? said[0];
    check("user", part.userId, speaker?.author);
    check("session key", part.sessionKey, messages[0]!.chat);
    check("attributes", part.facts.attributes, attributesOf(messages));
  }
  const told = parts.flatMap(({ facts }) => facts?.firstResponseMs ?? []);
  if (parts.every(({ facts }) => facts !== undefined)) check("first response", told, firstResponsesOf(messages));
  return found;
}

function firstResponsesOf(messages: readonly SentMessage[]): readonly number[] {
  const asked = messages.findIndex((message) => roleOf(message) === "customer");
  if (asked < 0) return [];
  const [answer] = messages.slice(asked).filter((message) => roleOf(message) !== "customer");
  return answer === undefined ? [] : [answer.timestampMs - messages[asked]!.timestampMs];
}

/** By `CONVERSATION_FLAGS`. */
function attributesOf(messages: readonly SentMessage[]): Readonly<Record<string, unknown>> | undefined {
  const channels = messages.flatMap(({ channel }) => channel ?? []);
  if (channels.length === 0) return undefined;
  return { channel: channels[0], last: channels.at(-1), channels: [...new Set(channels)] };
}
