import { type MessageFragment, messageFragmentCoder } from "../../coders/message-fragment";
import { sessionCoder } from "../../coders/session";
import {
  afterAny,
  afterCount,
  afterProcessingTime,
  afterWatermark,
  doFn,
  fragments,
  globalWindows,
  groupByKey,
  type KV,
  KVCoder,
  type PCollection,
  sessionsMs,
  StrUtf8Coder,
  windowing,
  windowInto,
  withName,
} from "../../../beam";
import { type ChatMessage, type Session, sessionKeyOf } from "../../model";
import { sessionise } from "./sessionise";
import type { SessionSettings } from "../records/settings";

const MAX_FRAGMENT_MESSAGES = 32;
const MAX_FRAGMENT_BYTES = 8 * 1024;
/** Ids, times and position of a message. */
const OVERHEAD_BYTES = 100;
/** A smaller share would add empty fragments after most messages, and each costs a runner as much as a message. */
const MIN_BYTES_PER_ELEMENT = 1024;

/** Elements of the shuffle that an open session may have, and the bytes that one of them may stand for. */
export function openBounds({
  maxOpenMessages,
  maxOpenBytes,
}: Pick<SessionSettings, "maxOpenMessages" | "maxOpenBytes">) {
  const maxElements = Math.max(1, Math.min(maxOpenMessages, Math.floor(maxOpenBytes / MIN_BYTES_PER_ELEMENT)));
  return { maxElements, bytesPerElement: maxOpenBytes / maxElements };
}

const gather = fragments("gather", {
  outputs: { main: new KVCoder(new StrUtf8Coder(), messageFragmentCoder) },
  open: (settings: SessionSettings) => ({
    maxValues: MAX_FRAGMENT_MESSAGES,
    maxBytes: MAX_FRAGMENT_BYTES,
    weight: { bytesPerElement: openBounds(settings).bytesPerElement, empty: [] },
    keyOf: sessionKeyOf,
    sizeBytes: ({ content }) => Buffer.byteLength(content) + OVERHEAD_BYTES,
    create: (message): MessageFragment => [message],
    add(fragment, message) {
      // Mutable here, because `create` made it and nobody else holds it.
      (fragment as ChatMessage[]).push(message);
      return fragment;
    },
  }),
});

const combine = doFn("combine", {
  outputs: { main: sessionCoder },
  open(settings: SessionSettings, { metrics }) {
    const sessions = metrics.counter("sessions");
    const duplicates = metrics.counter("duplicates");
    const edits = metrics.counter("edits");
    const unusableIds = metrics.counter("unusableIds");
    return {
      process({ key, value }: KV<string, Iterable<MessageFragment>>, emit, { pane }) {
        const early = pane.timing === "EARLY";
        const messages = [...value].flat();
        const sessionised = sessionise(key, messages, { pane: pane.index, early }, settings);
        if (!early) sessions.inc();
        duplicates.inc(sessionised.duplicates);
        edits.inc(sessionised.edits);
        for (const { hasUnusableId } of messages) if (hasUnusableId === true) unusableIds.inc();
        const distinct = sessionised.parts.flatMap((part) => part.messages);
        if (distinct.length === 0) return;
        const closed = early ? {} : { closedMs: Date.now() };
        void emit("main", { sessionKey: key, messages: distinct, pane: pane.index, early, ...closed });
      },
    };
  },
});

/**
 * Groups the messages of each session key into closed sessions. Lateness is 0 here, because the source makes a dead
 * letter of every message that the runner would have to drop. A session that outgrows its bounds while open is emitted
 * early, in panes that share no message; the last of them may hold none. Downstream everything is in the global window
 * again.
 */
export function groupSessions(settings: SessionSettings) {
  const outgrown = afterAny(afterCount(openBounds(settings).maxElements), afterProcessingTime(settings.maxOpenMs));
  const strategy = windowing({ trigger: afterWatermark({ early: outgrown }), accumulation: "discarding" });
  return withName("sessions", (messages: PCollection<ChatMessage>): PCollection<Session> => {
    const windowed = messages.apply(withName("window", windowInto(sessionsMs(settings.gapMs), strategy)));
    const grouped = windowed.apply(gather(settings)).main.apply(groupByKey());
    return grouped.apply(combine(settings)).main.apply(withName("global", windowInto(globalWindows())));
  });
}
