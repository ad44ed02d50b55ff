import {
  afterProcessingTime,
  doFn,
  globalWindows,
  groupByKey,
  type KV,
  KVCoder,
  type PCollection,
  repeatedly,
  StrUtf8Coder,
  windowing,
  windowInto,
  withName,
} from "../../../beam";
import { chatMessageCoder } from "../../coders/chat-message";
import { sessionCoder } from "../../coders/session";
import { type ChatMessage, type Session, sessionKeyOf } from "../../model";
import { compareMessages } from "./position";
import { sessionise } from "./sessionise";
import type { SessionSettings } from "../records/settings";

const keyBySession = doFn("keyLateByUser", {
  outputs: { main: new KVCoder(new StrUtf8Coder(), chatMessageCoder) },
  open: () => ({
    process(message: ChatMessage, emit) {
      void emit("main", { key: sessionKeyOf(message), value: message });
    },
  }),
});

const lateSessions = doFn("lateSessions", {
  outputs: { main: sessionCoder },
  open(settings: SessionSettings, { metrics }) {
    const duplicates = metrics.counter("duplicates");
    const edits = metrics.counter("edits");
    return {
      process({ key: sessionKey, value }: KV<string, Iterable<ChatMessage>>, emit) {
        for (const group of apart([...value], settings.gapMs)) {
          const sessionised = sessionise(sessionKey, group, { pane: 0, early: false }, settings);
          duplicates.inc(sessionised.duplicates);
          edits.inc(sessionised.edits);
          const messages = sessionised.parts.flatMap((part) => part.messages);
          void emit("main", { sessionKey, messages, pane: 0, early: false, closedMs: Date.now() });
        }
      },
    };
  },
});

/** Groups of messages with less than the gap between two neighbours. */
export function apart(messages: readonly ChatMessage[], gapMs: number): readonly (readonly ChatMessage[])[] {
  const groups: ChatMessage[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const message of messages.toSorted(compareMessages)) {
    if (message.timestampMs - lastMs >= gapMs) groups.push([]);
    groups.at(-1)!.push(message);
    lastMs = message.timestampMs;
  }
  return groups;
}

/**
 * Gathers messages whose sessions are closed, for one gap in processing time per session key, into sessions that amend
 * the index. So what a lagging producer sends late makes a few amendments, and not one for each message. At the end of
 * a bounded run everything comes out.
 */
export function gatherLate(settings: SessionSettings) {
  const strategy = windowing({ trigger: repeatedly(afterProcessingTime(settings.gapMs)), accumulation: "discarding" });
  return withName("late", (messages: PCollection<ChatMessage>): PCollection<Session> => {
    const keyed = messages.apply(keyBySession()).main;
    const windowed = keyed.apply(withName("window", windowInto(globalWindows(), strategy)));
    const sessions = windowed.apply(groupByKey()).apply(lateSessions(settings)).main;
    return sessions.apply(withName("global", windowInto(globalWindows())));
  });
}
