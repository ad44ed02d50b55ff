/** Runs calls of an asynchronous DoFn as an operator would, and keeps what they emit. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AsyncDoFnInstance,
  type AsyncElement,
  type DoFnTransform,
  type ElementContext,
  GLOBAL_WINDOW,
  type Metrics,
  NO_FIRING,
  type Outputs,
} from "../../../src/beam/authoring";
import { BUILT_IN_RULES } from "../../../src/chat/alerts/rules";
import type { Written } from "../../../src/chat/coders/written";
import type { DeadLetter, EmbeddedPart } from "../../../src/chat/model";
import { contentHash } from "../../../src/chat/steps/documents/content-hash";
import { documentId } from "../../../src/chat/steps/documents/document";
import type { SessionSettings } from "../../../src/chat/steps/records/settings";
import { amendSessions } from "../../../src/io/opensearch/sessions/amend-sessions";
import type { OpenSearchSettings } from "../../../src/io/opensearch/settings";
import { writeOpenSearch } from "../../../src/io/opensearch/sessions/write-documents";
import { openTransform } from "../beam/open-transform";
import { planned } from "../chat/planned";

export class CountingMetrics implements Metrics {
  readonly values = new Map<string, number>();

  counter(name: string) {
    return { inc: (delta = 1) => void this.values.set(name, (this.values.get(name) ?? 0) + delta) };
  }
  distribution() {
    return { update: () => undefined };
  }
  gauge() {
    return { set: () => undefined };
  }
}

const CONTEXT: ElementContext = { timestampMs: 0, window: GLOBAL_WINDOW, pane: NO_FIRING };

export interface Harness<I, O extends Outputs> {
  readonly metrics: CountingMetrics;
  /** The elements that asked to begin anew. */
  readonly again: I[];
  /** Resolves with everything emitted by this one call, by output; and by the calls for what it gave back. */
  call(values: readonly I[]): Promise<{ [T in keyof O]: O[T][] }>;
  close(): Promise<void>;
}

export async function harness<I, O extends Outputs>(
  transform: DoFnTransform<I, O>,
  tags: readonly (keyof O & string)[],
): Promise<Harness<I, O>> {
  const metrics = new CountingMetrics();
  const { instance, scope } = await openTransform<AsyncDoFnInstance<I, O>>(transform, metrics);
  const wanted: I[] = [];
  return {
    metrics,
    again: wanted,
    async call(values) {
      const emitted = Object.fromEntries(tags.map((tag) => [tag, [] as unknown[]]));
      const emit = (tag: string, value: unknown) => void emitted[tag]?.push(value);
      const element = (value: I): AsyncElement<I, O> => {
        return { value, context: CONTEXT, emit, again: () => void wanted.push(value) };
      };
      let left = await instance.process(values.map(element));
      while (left) {
        await sleep(left.delayMs);
        left = await instance.process(left.elements);
      }
      return emitted as { [T in keyof O]: O[T][] };
    },
    async close() {
      await instance.close?.();
      await scope.close();
    },
  };
}

/**
 * Brings embedded parts into the index, each as the one part of a new session, as the job's stages do: one that asks to
 * begin anew is planned anew. `call` resolves with the ids of the parts' documents beside what was emitted.
 */
export async function documentsHarness(settings: OpenSearchSettings) {
  const gapMs = DEFAULT_SESSION_GAP_MS;
  const own = await harness(writeOpenSearch({ ...settings, gapMs, alerts: { rules: BUILT_IN_RULES } }), [
    "written",
    "deadLetters",
  ]);
  const amend = await harness(amendSessions({ openSearch: settings, sessions: SESSIONS, answering: "test" }), ["main"]);
  return {
    metrics: own.metrics,
    async call(parts: readonly EmbeddedPart[]) {
      const known = new Map(parts.map((part) => [contentHash(part.part, "test"), part]));
      const all = { written: [] as Written[], deadLetters: [] as DeadLetter[] };
      let plans = parts.map(planned);
      while (plans.length > 0) {
        const { written, deadLetters } = await own.call(plans);
        all.written.push(...written);
        all.deadLetters.push(...deadLetters);
        const again = own.again.splice(0);
        if (again.length > 0) await sleep(AGAIN_MS);
        const { main } = await amend.call(again.map(({ session }) => session));
        plans = main.map((plan) => ({
          ...plan,
          documents: plan.documents.map((document) => {
            const part = "embedding" in document.content ? document.content.part : document.content;
            return { ...document, content: { ...known.get(document.contentHash)!, part } };
          }),
        }));
      }
      return { ...all, ids: parts.map(({ part }) => documentId(part)) };
    },
    async close() {
      await own.close();
      await amend.close();
    },
  };
}

const DEFAULT_SESSION_GAP_MS = 300_000;
const AGAIN_MS = 20;
const SESSIONS: SessionSettings = {
  gapMs: DEFAULT_SESSION_GAP_MS,
  maxOpenMs: 1,
  maxOpenMessages: 1_000,
  maxOpenBytes: 1_000_000,
  onEdit: "keep",
  maxPartMessages: 1_000,
  maxPartTokens: 1_000_000,
  maxPartBytes: 1_000_000,
};
