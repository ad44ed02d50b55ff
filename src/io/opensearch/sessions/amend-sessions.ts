import { asyncDoFn, type AsyncElement, type Shared } from "../../../beam";
import { plannedCoder } from "../../../chat/coders/planned-session";
import { type Written, writtenCoder } from "../../../chat/coders/written";
import type { EmbeddedPart, Session, SessionPart } from "../../../chat/model";
import { forHeld, type PrivacySettings } from "../../../chat/privacy/settings";
import type { PlannedSession } from "../../../chat/plan";
import { countRead } from "../../../chat/steps/sessions/edits";
import type { SessionSettings } from "../../../chat/steps/records/settings";
import { redactorFor } from "../../redactor";
import { StageIndexAccess } from "../writing/index-access";
import { sharedAnswers } from "./known-answers";
import { decideSessions, type DecideSettings } from "./read-sessions";
import type { OpenSearchSettings } from "../settings";

type AmendOutputs = { main: PlannedSession<SessionPart | EmbeddedPart>; written: Written };

export interface AmendSettings {
  readonly openSearch: OpenSearchSettings;
  readonly sessions: SessionSettings;
  /** Names the models, their settings, prompt and taxonomy: answers to the same are kept. */
  readonly answering: string;
  /** True for sessions that were read from the index, to have models answer anew about what is behind. */
  readonly renews?: boolean;
  readonly privacy?: PrivacySettings;
}

/** Small, because a session waits for it; many sessions that come at once are read together all the same. */
const READ = { maxCount: 200, maxBytes: 8_388_608, maxAgeMs: 10 };
const MESSAGE_BYTES = 100;

/**
 * Meets sessions with what the index holds around them, before a model is paid: `main` has those that change something,
 * with all that is to be written; `written` counts the messages that the index holds. Counter: retries.
 */
export const amendSessions = asyncDoFn("amendSessions", {
  outputs: { main: plannedCoder, written: writtenCoder },
  calls: ({ openSearch: { bulk } }: AmendSettings) => ({
    maxConcurrentCalls: bulk.maxConcurrentRequests,
    batching: READ,
  }),
  async open({ openSearch, sessions, answering, renews = false, privacy }: AmendSettings, context) {
    const redactor = await redacting(privacy, context.shared);
    const access = new StageIndexAccess(openSearch, context);
    const answers = sharedAnswers(context.shared);
    const { retentionMs } = openSearch;
    const settings = {
      ...{ sessions, answering, renews, recall: (hash: string) => answers.recall(hash) },
      ...(retentionMs === undefined ? {} : { retentionMs }),
      ...redactor,
    };
    return {
      sizeBytes: ({ messages }: Session) =>
        messages.reduce((sum, { content }) => sum + content.length + MESSAGE_BYTES, 0),
      async process(elements: readonly AsyncElement<Session, AmendOutputs>[]) {
        const all = elements.map(({ value }) => value);
        const decided = await decideSessions(access, all, openSearch, settings);
        for (const [index, { value, emit }] of elements.entries()) {
          const decision = decided[index]!;
          const fresh = decision.kind === "planned" ? countRead(decision.plan.fresh) : 0;
          const suppressed = countRead(decision.suppressed);
          const alreadyIndexed = countRead(value.messages) - fresh - suppressed;
          if (alreadyIndexed + suppressed > 0)
            await emit("written", { documents: 0, indexed: 0, alreadyIndexed, suppressed });
          if (decision.kind === "planned") await emit("main", decision.plan);
        }
      },
      close: () => access.close(),
    };
  },
});

/** Undefined where nothing is redacted, so that nothing is spent on it. */
export async function redacting(
  privacy: PrivacySettings | undefined,
  shared?: Shared,
): Promise<Pick<DecideSettings, "redactor">> {
  return privacy === undefined ? {} : { redactor: await redactorFor(forHeld(privacy), shared) };
}
