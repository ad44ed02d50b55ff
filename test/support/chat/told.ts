/** Which alerts must be told, and which were: over distinct ids, whatever was done twice. */
import { z } from "zod";
import type { Alert, Lane } from "../../../src/chat/alerts/alert";
import type { AlertEvent } from "../../../src/chat/alerts/event";
import type { ReceiverName } from "../../../src/chat/alerts/letters";
import { messageAlerts } from "../../../src/chat/alerts/raise";
import { BUILT_IN_RULES, redactedIn, ruleDetectorOf } from "../../../src/chat/alerts/rules";
import type { ChatMessage } from "../../../src/chat/model";
import { alertIndexOf } from "../../../src/io/opensearch/settings";
import type { LocalReceiver } from "../../../src/local/receiver/server";
import { deadLetterIndexOf, type JobTargets } from "./job";

type Indexes = Pick<JobTargets, "openSearch" | "index">;

const POSITION = z.object({ shardId: z.string(), sequenceNumber: z.string() });
const SEARCH = z.object({
  hits: z.object({
    hits: z.array(z.object({ _id: z.string(), _source: z.looseObject({ position: POSITION.optional() }) })),
  }),
});

const detect = ruleDetectorOf(BUILT_IN_RULES);

/** Alerts that these messages raise in the message lane, as they are after parsing. */
export function raisedBy(messages: readonly ChatMessage[]): readonly Alert[] {
  return messages.flatMap((message) =>
    messageAlerts(message, [...detect(message.content), ...redactedIn(message, BUILT_IN_RULES)], []),
  );
}

/** Those of them that no cool-down suppresses where they come in this order. */
export function firstsOf(raised: readonly Alert[], cooldownMs: number): readonly Alert[] {
  const firsts = new Map<string, Alert>();
  for (const alert of raised) {
    const window = `${alert.sessionKeyHash} ${alert.kind} ${Math.floor(alert.startMs / cooldownMs)}`;
    if (!firsts.has(window)) firsts.set(window, alert);
  }
  return [...firsts.values()];
}

/** Events of a receiver, in order of arrival. */
export function eventsAt(receiver: LocalReceiver): readonly AlertEvent[] {
  return receiver.received().map(({ event }) => event as AlertEvent);
}

/** Ids of the alerts that are dead letters of a receiver. */
export async function letterIds(indexes: Indexes, receiver: ReceiverName): Promise<readonly string[]> {
  const letters = await search(indexes, deadLetterIndexOf(indexes.index), "stage:alert");
  return letters.flatMap(({ _source: { position } }) =>
    position?.shardId === receiver ? [position.sequenceNumber] : [],
  );
}

/** Ids of the alerts that are in their log. */
export async function loggedIds(indexes: Indexes, lane: Lane): Promise<readonly string[]> {
  return (await search(indexes, alertIndexOf(indexes.index), `lane:${lane}`)).map(({ _id }) => _id);
}

async function search({ openSearch }: Indexes, index: string, query: string) {
  await fetch(`${openSearch}/${index}/_refresh`, { method: "POST" });
  const answer = await fetch(`${openSearch}/${index}/_search?size=10000&q=${query}`);
  return answer.status === 404 ? [] : SEARCH.parse(await answer.json()).hits.hits;
}
