import { type MessageFragment, messageFragmentCoder } from "../coders/message-fragment";
import { sessionPartCoder } from "../coders/session-part";
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
} from "../../beam";
import type { ChatMessage, SessionPart } from "../model";
import { sessionise } from "./sessionise";
import type { SessionSettings } from "./settings";

/** Together they bound an open session: `maxOpenMessages` fragments of this size. */
const MAX_FRAGMENT_MESSAGES = 32;
const MAX_FRAGMENT_BYTES = 8 * 1024;
/** Ids, times and position of a message. */
const OVERHEAD_BYTES = 100;

const gather = fragments("gather", {
  outputs: { main: new KVCoder(new StrUtf8Coder(), messageFragmentCoder) },
  open: () => ({
    maxValues: MAX_FRAGMENT_MESSAGES,
    maxBytes: MAX_FRAGMENT_BYTES,
    keyOf: ({ userId }: ChatMessage) => userId,
    sizeBytes: ({ content }) => content.length + OVERHEAD_BYTES,
    create: (message): MessageFragment => [message],
    add(fragment, message) {
      // Made by `create`, and nobody else holds it.
      (fragment as ChatMessage[]).push(message);
      return fragment;
    },
  }),
});

const combine = doFn("combine", {
  outputs: { main: sessionPartCoder },
  open(settings: SessionSettings, { metrics }) {
    const sessions = metrics.counter("sessions");
    const duplicates = metrics.counter("duplicates");
    return {
      process({ key, value }: KV<string, Iterable<MessageFragment>>, emit, { pane }) {
        const early = pane.timing === "EARLY";
        const sessionised = sessionise(key, [...value].flat(), { pane: pane.index, early }, settings);
        if (!early) sessions.inc();
        duplicates.inc(sessionised.duplicates);
        for (const part of sessionised.parts) void emit("main", part);
      },
    };
  },
});

/**
 * Messages → parts of closed sessions, per user. Lateness is 0 here, because the source makes a dead letter of every
 * message that the runner would have to drop. A session that outgrows its bounds while open is emitted early, in panes
 * that share no message. Downstream everything is in the global window again.
 */
export function groupSessions(settings: SessionSettings) {
  const outgrown = afterAny(afterCount(settings.maxOpenMessages), afterProcessingTime(settings.maxOpenMs));
  const strategy = windowing({ trigger: afterWatermark({ early: outgrown }), accumulation: "discarding" });
  return withName("sessions", (messages: PCollection<ChatMessage>): PCollection<SessionPart> => {
    const windowed = messages.apply(withName("window", windowInto(sessionsMs(settings.gapMs), strategy)));
    const grouped = windowed.apply(gather()).main.apply(groupByKey());
    return grouped.apply(combine(settings)).main.apply(withName("global", windowInto(globalWindows())));
  });
}
