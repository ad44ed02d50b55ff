/**
 * The judge of histories: computes from the messages sent what the index has to hold in the end, and shares no code
 * with the pipeline.
 *
 * 1. A message is itself by its user, its id and its content; without an id by its user, its time and its content.
 *    Where texts are replaced, the last one of an id in a chain of messages stands, and no other.
 * 2. Each is in exactly one document, and the documents are the chains of messages less than a gap apart.
 * 3. A document's summary is that of its own messages.
 * 4. The ledger names all documents and covers them. It names no other id, unless a run was cut short, or two sessions
 *    under way at once announced one new document, which its entry tells: a later writer takes such entries out after
 *    an hour. No dead letter stands for a message that is indexed.
 */
import { empty, unlisted } from "../opensearch/ledgers";
import type { StoredEntry } from "../opensearch/stored";
import { type History, mayLeaveEntries } from "./history";
import type { PlannedMessage } from "../chat/sent";

export interface JudgedMessage {
  readonly content: string;
  readonly messageId?: string | undefined;
  readonly timestampMs: number;
}

export interface JudgedDocument extends StoredEntry {
  readonly summary: string;
  readonly messages: readonly JudgedMessage[];
}

export interface Indexed {
  readonly documents: readonly JudgedDocument[];
  readonly entries: readonly StoredEntry[];
  /** Messages of the dead letters. */
  readonly letters: readonly (JudgedMessage & { readonly userId: string })[];
}

export function identityOf(userId: string, { messageId, timestampMs, content }: JudgedMessage): string {
  return JSON.stringify(messageId === undefined ? [userId, timestampMs, content] : [userId, "id", messageId, content]);
}

/** One sentence for each thing that is wrong. */
export function judge(
  sent: readonly PlannedMessage[],
  { documents, entries, letters }: Indexed,
  history: History,
  summaryOf: (contents: readonly string[]) => string,
): readonly string[] {
  const wrong: string[] = [];
  const holders = new Map<string, string[]>();
  for (const { id, userId, messages } of documents) {
    for (const message of messages) {
      const identity = identityOf(userId, message);
      holders.set(identity, [...(holders.get(identity) ?? []), id]);
    }
  }
  const expected = componentsOf(sent, history);
  const wanted = new Set(expected.flat());
  for (const identity of wanted) {
    const held = holders.get(identity) ?? [];
    if (held.length !== 1) wrong.push(`${identity} is in ${held.length} documents: ${held.join(", ")}`);
  }
  for (const identity of holders.keys()) if (!wanted.has(identity)) wrong.push(`${identity} was never sent`);
  const stored = new Set(
    documents.map(({ userId, messages }) => keyOf(messages.map((each) => identityOf(userId, each)))),
  );
  for (const component of expected) {
    if (!stored.has(keyOf(component))) wrong.push(`no document is this chain of messages: ${component.join(" ")}`);
  }
  for (const { id, messages, summary } of documents) {
    if (summary !== summaryOf(messages.map(({ content }) => content))) wrong.push(`${id} has another text's summary`);
  }
  wrong.push(...unlisted(documents, entries));
  const settled = mayLeaveEntries(history) ? [] : entries.filter(({ isContested }) => isContested !== true);
  wrong.push(...empty(documents, settled));
  for (const { userId, ...message } of letters) {
    const identity = identityOf(userId, message);
    if (holders.has(identity)) wrong.push(`a dead letter stands for ${identity}, which is indexed`);
  }
  return wrong;
}

/** Identities of the messages of each session, as the gap alone makes them. */
function componentsOf(
  sent: readonly PlannedMessage[],
  { gapMs, onEdit }: Pick<History, "gapMs" | "onEdit">,
): readonly (readonly string[])[] {
  const ofUsers = new Map<string, Map<string, PlannedMessage>>();
  for (const message of sent) {
    const own = ofUsers.get(message.userId) ?? new Map<string, PlannedMessage>();
    own.set(identityOf(message.userId, message), message);
    ofUsers.set(message.userId, own);
  }
  return [...ofUsers.values()].flatMap((own) => {
    const components: PlannedMessage[][] = [];
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const message of [...own.values()].sort((a, b) => a.timestampMs - b.timestampMs)) {
      if (message.timestampMs - lastMs >= gapMs) components.push([]);
      components.at(-1)!.push(message);
      lastMs = message.timestampMs;
    }
    return components.map((each) =>
      (onEdit === "replace" ? standing(each) : each).map((message) => identityOf(message.userId, message)),
    );
  });
}

/** Keeps the messages that no later one of the same id has replaced. */
function standing(messages: readonly PlannedMessage[]): readonly PlannedMessage[] {
  const last = new Map(messages.map((message) => [message.messageId, message]));
  return messages.filter((message) => message.messageId === undefined || last.get(message.messageId) === message);
}

function keyOf(identities: readonly string[]): string {
  return JSON.stringify([...identities].sort());
}
