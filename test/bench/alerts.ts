import { messageAlerts } from "../../src/chat/alerts/raise";
import { BUILT_IN_RULES, redactedIn, ruleDetectorOf } from "../../src/chat/alerts/rules";
import { ENTITIES } from "../../src/chat/detectors/entities";
import type { ChatMessage } from "../../src/chat/model";
import { redactorOf } from "../../src/chat/privacy/redactor";
import type { RedactionSettings } from "../../src/chat/privacy/settings";
import { SCENARIOS, textOf } from "../../src/local/sample/scenarios";
import { type Benchmark, round, type Row } from "./harness/benchmark";

const MESSAGES = 100_000;
const ROUNDS = 9;
const HITS_IN_100 = [0, 1, 10] as const;
const REDACTION: RedactionSettings = { entities: ENTITIES, mask: "type", where: "both" };

interface Measured {
  readonly hits: number;
  readonly redaction?: RedactionSettings;
  readonly messages: readonly ChatMessage[];
  readonly us: number[];
}

/** Messages of the sample's texts, of which so many in a hundred have a card number. */
function messagesOf(count: number, hits: number, texts: readonly string[]): readonly ChatMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    userId: `user-${index % 1_000}`,
    messageId: `message-${index}`,
    // Texts of messages come from bytes; one that is put together of pieces is slow when it is read first.
    content: Buffer.from(
      index % 100 < hits ? "my card is 4111 1111 1111 1111" : `${texts[index % texts.length]} ${index % 97}`,
    ).toString(),
    timestampMs: 1_700_000_000_000 + index,
    arrivalMs: 1_700_000_000_000 + index,
    position: { shardId: "s", sequenceNumber: String(index), subSequenceNumber: 0 },
  }));
}

export const alerts: Benchmark = {
  name: "alerts",
  title:
    "Rules of the message lane, and redaction of all entities: microseconds of processor time for a message, by messages with a hit; the median of paired rounds",
  notMeasured: "Looking, masking and making alerts alone, in one process: no cool-down, no receivers, no queues.",
  async run(scale) {
    const count = Math.max(1_000, Math.round(MESSAGES * scale));
    const detect = ruleDetectorOf(BUILT_IN_RULES);
    const texts = SCENARIOS.flatMap(({ messages }) => messages.map(textOf)).filter((text) => detect(text).length === 0);
    const sets = HITS_IN_100.flatMap((hits): readonly Measured[] => {
      const messages = messagesOf(count, hits, texts);
      return [
        { hits, messages, us: [] },
        { hits, messages, us: [], redaction: REDACTION },
      ];
    });
    for (let round = 0; round <= ROUNDS; round++) {
      for (const set of sets) {
        const us = usAMessage(set);
        // The first round warms up.
        if (round > 0) set.us.push(us);
      }
    }
    return sets.map(({ hits, redaction, us }): Row => {
      const median = us.toSorted((a, b) => a - b)[Math.floor(us.length / 2)]!;
      return {
        "hits (%)": hits,
        redaction: redaction === undefined ? "no" : "yes",
        messages: count,
        "us a message": round(median, 2),
      };
    });
  },
};

function usAMessage({ hits, redaction, messages }: Measured): number {
  const detect = ruleDetectorOf(BUILT_IN_RULES, redaction);
  const redactor = redactorOf(redaction === undefined ? {} : { redaction });
  const before = process.cpuUsage();
  let raised = 0;
  for (const original of messages) {
    const message = redactor.message(original);
    const found = [...detect(message.content), ...redactedIn(message, BUILT_IN_RULES)];
    if (found.length > 0) raised += messageAlerts(message, found, []).length;
  }
  const { user, system } = process.cpuUsage(before);
  const us = (user + system) / messages.length;
  const wanted = messages.filter((_, index) => index % 100 < hits).length;
  if (raised !== wanted) throw new Error(`${raised} alerts instead of ${wanted}`);
  return us;
}
