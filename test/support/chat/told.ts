/** Which alerts must be told, and which were: over distinct ids, whatever was done twice. */
import assert from "node:assert/strict";
import { z } from "zod";
import type { AlertEvent } from "../../../src/chat/alerts/event";
import type { Alert } from "../../../src/chat/alerts/alert";
import type { ReceiverName } from "../../../src/chat/alerts/letters";
import { messageAlerts } from "../../../src/chat/alerts/raise";
import { BUILT_IN_RULES, redactedIn, ruleDetectorOf } from "../../../src/chat/alerts/rules";
import type { ChatMessage } from "../../../src/chat/model";
import type { LocalReceiver } from "../../../src/local/receiver/server";
import { deadLetterIndexOf, type JobTargets } from "./job";

const LETTERS = z.object({
  hits: z.object({
    hits: z.array(
      z.object({
        _source: z.object({ position: z.object({ shardId: z.string(), sequenceNumber: z.string() }) }),
      }),
    ),
  }),
});

const detect = ruleDetectorOf(BUILT_IN_RULES);

/** Alerts that these messages raise in the message lane, as they are after parsing. */
export function raisedBy(messages: readonly ChatMessage[]): readonly Alert[] {
  return messages.flatMap((message) =>
    messageAlerts(message, [...detect(message.content), ...redactedIn(message, BUILT_IN_RULES)], []),
  );
}

/** Events of a receiver, in order of arrival. */
export function eventsAt(receiver: LocalReceiver): readonly AlertEvent[] {
  return receiver.received().map(({ event }) => event as AlertEvent);
}

/** Ids of the alerts that are dead letters of a receiver. */
export async function letterIds(
  { openSearch, index }: Pick<JobTargets, "openSearch" | "index">,
  receiver: ReceiverName,
): Promise<ReadonlySet<string>> {
  await fetch(`${openSearch}/${deadLetterIndexOf(index)}/_refresh`, { method: "POST" });
  const where = `${openSearch}/${deadLetterIndexOf(index)}/_search?size=10000&q=stage:alert`;
  const answer = await fetch(where);
  if (!answer.ok) return new Set();
  const { hits } = LETTERS.parse(await answer.json()).hits;
  const own = hits.map(({ _source }) => _source.position).filter(({ shardId }) => shardId === receiver);
  return new Set(own.map(({ sequenceNumber }) => sequenceNumber));
}

/**
 * Asserts that what was told, or became a letter, is what was raised without what a cool-down suppressed: of each session
 * key and kind, within one window, one alert; and nothing else. A repeated bundle may tell another one of the same.
 */
export function assertTold(raised: readonly Alert[], told: ReadonlySet<string>, where: string): void {
  const missing = untold(raised, told);
  assert.deepEqual(missing, [], `${missing.length} alerts are lost: ${where}`);
  const known = new Set(raised.map(({ id }) => id));
  const foreign = [...told].filter((id) => !known.has(id));
  assert.deepEqual(foreign, [], `alerts that nobody raised: ${where}`);
}

/** Session keys with the kinds of which no alert is told. */
export function untold(raised: readonly Alert[], told: ReadonlySet<string>): readonly string[] {
  const groups = new Map<string, boolean>();
  for (const { id, sessionKeyHash, kind } of raised) {
    const group = `${sessionKeyHash} ${kind}`;
    groups.set(group, groups.get(group) === true || told.has(id));
  }
  return [...groups].flatMap(([group, isTold]) => (isTold ? [] : [group]));
}
