import { asyncBoundary, flatten, type PCollection, type Root } from "./beam";
import { sessionPartCoder } from "./chat/coders/session-part";
import { embed } from "./io/bedrock/embed";
import type { EmbedSettings, SummariseSettings } from "./io/bedrock/settings";
import { summarise } from "./io/bedrock/summarise";
import { readKinesis } from "./io/kinesis/read";
import type { KinesisReadSettings } from "./io/kinesis/settings";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { writeDeadLetters } from "./io/opensearch/write-dead-letters";
import { writeOpenSearch } from "./io/opensearch/write-documents";
import type { DeadLetter, SessionPart } from "./chat/model";
import { groupSessions } from "./chat/steps/group-sessions";
import { parseMessage } from "./chat/steps/parse-messages";
import type { MessageSettings, SessionSettings } from "./chat/steps/settings";

/** The calls of both Bedrock stages, and as many again between them and the index. */
const IN_FLIGHT_PER_CALL = 4;
const MAX_IN_FLIGHT = 2_000;

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
  const source = root.apply(readKinesis(settings.kinesis, parseMessage(settings.messages)));
  const parts = source.messages.apply(groupSessions(settings.sessions));
  const index = indexSessions(parts, settings);
  keepDeadLetters([source.deadLetters, ...index.deadLetters], settings);
}

/** Turns session parts into documents in the index. */
export function indexSessions(parts: PCollection<SessionPart>, settings: PipelineSettings) {
  const apart = parts.apply(asyncBoundary(sessionPartCoder, { maxElements: maxElementsInFlight(settings) }));
  const summarised = apart.apply(summarise(settings.summarise));
  const embedded = summarised.main.apply(embed(settings.embed));
  const indexed = embedded.main.apply(writeOpenSearch(settings.openSearch));
  return { deadLetters: [summarised.deadLetters, embedded.deadLetters, indexed.deadLetters] };
}

/**
 * Bound of the sessions of a process between their end and the index: enough for both Bedrock stages to have all their
 * calls to make, as long as sessions are not so large that `asyncBoundary` lets fewer begin.
 */
export function maxElementsInFlight({ summarise: { bedrock } }: PipelineSettings): number {
  return Math.min(MAX_IN_FLIGHT, IN_FLIGHT_PER_CALL * bedrock.maxConcurrentCalls);
}

/** Stores everything that could not be processed, from every stage, in one place. */
export function keepDeadLetters(letters: readonly PCollection<DeadLetter>[], settings: PipelineSettings): void {
  flatten(letters, "deadLetters").apply(writeDeadLetters(settings.openSearch));
}
