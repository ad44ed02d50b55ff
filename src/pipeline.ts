import { detached, flatten, P, type PCollection, type Root, withName } from "./beam";
import { sessionPartCoder } from "./chat/coders/session-part";
import { embed } from "./io/bedrock/embed";
import type { EmbedSettings, SummariseSettings } from "./io/bedrock/settings";
import { summarise } from "./io/bedrock/summarise";
import { readKinesis } from "./io/kinesis/read";
import type { KinesisReadSettings } from "./io/kinesis/settings";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { writeDeadLetters, writeOpenSearch } from "./io/opensearch/write";
import type { DeadLetter, KinesisRecord, SessionPart } from "./chat/model";
import { groupSessions } from "./chat/steps/group-sessions";
import { MessageEventTime, parseMessages } from "./chat/steps/parse-messages";
import type { MessageSettings, SessionSettings } from "./chat/steps/settings";

/** Both Bedrock stages' calls, and as many again on their way into the index. */
const UNDER_WAY_PER_CALL = 4;
const MOST_UNDER_WAY = 2_000;

export interface PipelineSettings {
  readonly kinesis: KinesisReadSettings;
  readonly messages: MessageSettings;
  readonly sessions: SessionSettings;
  readonly summarise: SummariseSettings;
  readonly embed: EmbedSettings;
  readonly openSearch: OpenSearchSettings;
}

/** The whole job. */
export function buildPipeline(root: Root, settings: PipelineSettings): void {
  const source = root.apply(readKinesis(settings.kinesis, new MessageEventTime(settings.messages)));
  const sessions = sessionsOf(source.records, settings);
  const index = indexSessions(sessions.parts, settings);
  keepDeadLetters([source.deadLetters, sessions.deadLetters, ...index.deadLetters], settings);
}

/** Records → parts of closed sessions. */
export function sessionsOf(records: PCollection<KinesisRecord>, settings: PipelineSettings) {
  const messages = P(records).apply(parseMessages(settings.messages));
  const parts = P(messages.main).apply(groupSessions(settings.sessions));
  return { parts, deadLetters: messages.deadLetters };
}

/** Session parts → documents. */
export function indexSessions(parts: PCollection<SessionPart>, settings: PipelineSettings) {
  const apart = P(parts).apply(detached(sessionPartCoder, { maxElements: maxElementsUnderWay(settings) }));
  const summarised = P(apart).apply(summarise(settings.summarise));
  const embedded = P(summarised.main).apply(embed(settings.embed));
  const indexed = P(embedded.main).apply(writeOpenSearch(settings.openSearch));
  return { deadLetters: [summarised.deadLetters, embedded.deadLetters, indexed.deadLetters] };
}

/**
 * Sessions of a process between their end and the index: so many that both Bedrock stages have all their calls to make,
 * as long as they are not so large that `detached` lets fewer begin.
 */
export function maxElementsUnderWay({ summarise: { bedrock } }: PipelineSettings): number {
  return Math.min(MOST_UNDER_WAY, UNDER_WAY_PER_CALL * bedrock.maxConcurrentCalls);
}

/** Everything that could not be processed, from every stage, in one place. */
export function keepDeadLetters(letters: readonly PCollection<DeadLetter>[], settings: PipelineSettings): void {
  P(P([...letters]).apply(withName("deadLetters", flatten<DeadLetter>()))).apply(writeDeadLetters(settings.openSearch));
}
