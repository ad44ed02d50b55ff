import { asyncBoundary, flatten, type PCollection, type Root, withName } from "./beam";
import { type AlertingSettings, deliverAlerts, laneSettings, messageLane } from "./alerts";
import { alertOnSessions } from "./chat/alerts/alert-on-sessions";
import { sessionCoder } from "./chat/coders/session";
import { embed } from "./io/bedrock/embed";
import { type EmbedSettings, structuredFor, type SummariseSettings } from "./io/bedrock/settings";
import { summarise } from "./io/bedrock/summarise";
import { readFiles } from "./io/files/read";
import type { FilesReadSettings } from "./io/files/settings";
import { readKinesis } from "./io/kinesis/read";
import type { KinesisReadSettings } from "./io/kinesis/settings";
import { amendSessions, type AmendSettings } from "./io/opensearch/sessions/amend-sessions";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { writeDeadLetters } from "./io/opensearch/letters/write-dead-letters";
import { writeOpenSearch } from "./io/opensearch/sessions/write-documents";
import type { DeadLetter, Session } from "./chat/model";
import { countWritten } from "./chat/steps/documents/count-written";
import { gatherLate } from "./chat/steps/sessions/gather-late";
import { groupSessions } from "./chat/steps/sessions/group-sessions";
import { parseMessage } from "./io/parse-messages";
import { PROMPT_VERSION } from "./chat/steps/summaries/prompt";
import type { MessageSettings, SessionSettings } from "./chat/steps/records/settings";
import { BUILT_IN_TAXONOMY, taxonomyHash } from "./chat/steps/summaries/taxonomy";

/** The calls of both Bedrock stages, and as many again between them and the index. */
const IN_FLIGHT_PER_CALL = 4;
const MAX_IN_FLIGHT = 2_000;

export interface PipelineSettings {
  readonly kinesis: KinesisReadSettings;
  /** Read in place of the stream, where they are given. */
  readonly files?: FilesReadSettings;
  readonly messages: MessageSettings;
  readonly sessions: SessionSettings;
  readonly summarise: SummariseSettings;
  readonly embed: EmbedSettings;
  readonly openSearch: OpenSearchSettings;
  readonly alerts: AlertingSettings;
}

/** The whole job. */
export function buildPipeline(root: Root, settings: PipelineSettings): void {
  const { kinesis, files, messages } = settings;
  const parser = parseMessage(messages);
  const source = root.apply(files === undefined ? readKinesis(kinesis, parser) : readFiles(files, parser));
  const told = messageLane(source, settings);
  const closed = source.messages.apply(groupSessions(settings.sessions));
  const sessions = flatten([closed, source.late.apply(gatherLate(settings.sessions))], "allSessions");
  const index = indexSessions(sessions, settings);
  const alerts = deliverAlerts([told, index.alerts], settings);
  keepDeadLetters([source.deadLetters, ...index.deadLetters, ...alerts.deadLetters], settings);
}

/** Brings sessions into the index: what it holds of them already is not paid again, and what is new joins it. */
export function indexSessions(
  sessions: PCollection<Session>,
  settings: PipelineSettings,
  how: Pick<AmendSettings, "renews"> = {},
) {
  const apart = sessions.apply(asyncBoundary(sessionCoder, { maxElements: maxElementsInFlight(settings) }));
  const planned = apart.apply(amendSessions({ ...amendSettings(settings), ...how }));
  const summarised = planned.main.apply(summarise(settings.summarise));
  const embedded = summarised.main.apply(embed(settings.embed));
  const { rules, redaction } = laneSettings(settings);
  const looked = redaction === undefined ? { rules } : { rules, redaction };
  const written = { ...settings.openSearch, gapMs: settings.sessions.gapMs, alerts: looked };
  const indexed = embedded.main.apply(writeOpenSearch(written));
  planned.written.apply(withName("countHeld", countWritten()));
  indexed.written.apply(withName("countIndexed", countWritten()));
  const alerts = embedded.main.apply(alertOnSessions(settings.alerts)).main;
  return { alerts, deadLetters: [summarised.deadLetters, embedded.deadLetters, indexed.deadLetters] };
}

/** Settings of the stage that meets sessions with the index. */
export function amendSettings({
  messages: { privacy },
  openSearch,
  sessions,
  summarise: asked,
  embed: { model, of },
}: PipelineSettings) {
  const labels = taxonomyHash(asked.taxonomy);
  // The built-in labels stand for none, as they did before there were others: their answers are known by the same hash.
  const taxonomy = labels === taxonomyHash(BUILT_IN_TAXONOMY) ? [] : [labels];
  const { language } = asked;
  // Otherwise the messages themselves tell what the models read.
  const redaction = privacy?.redaction?.where === "model" ? [privacy.redaction] : [];
  const asks = [PROMPT_VERSION, asked.model, structuredFor(asked), language, model, of, ...taxonomy, ...redaction];
  return { openSearch, sessions, answering: JSON.stringify(asks), ...(privacy === undefined ? {} : { privacy }) };
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
