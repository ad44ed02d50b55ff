import { sessionPartCoder } from "../coders/session-part";
import { chatMessageCoder } from "../coders/chat-message";
import {
  type Counter,
  type ElementContext,
  type Emit,
  type KV,
  type SetupContext,
  type TaggedDoFn,
  sessionsMs,
  taggedParDo,
  windowing,
} from "../beam/authoring";
import {
  KVCoder,
  type PCollection,
  StrUtf8Coder,
  globalWindows,
  groupByKey,
  registerForSerialization,
  windowInto,
  withName,
} from "../beam/sdk";
import type { ChatMessage, SessionPart } from "../model";
import { sessionise } from "./sessionise";
import type { SessionSettings } from "./settings";

class KeyByUser implements TaggedDoFn<ChatMessage, { main: KV<string, ChatMessage> }> {
  process(message: ChatMessage, emit: Emit<{ main: KV<string, ChatMessage> }>): void {
    return void emit("main", { key: message.userId, value: message });
  }
}

class Combine implements TaggedDoFn<KV<string, Iterable<ChatMessage>>, { main: SessionPart }> {
  private sessions!: Counter;
  private duplicates!: Counter;

  constructor(private readonly settings: SessionSettings) {}

  setup({ metrics }: SetupContext): void {
    this.sessions = metrics.counter("sessions");
    this.duplicates = metrics.counter("duplicates");
  }

  process(
    { key, value }: KV<string, Iterable<ChatMessage>>,
    emit: Emit<{ main: SessionPart }>,
    { pane }: ElementContext,
  ): void {
    const early = pane.timing === "EARLY";
    const { parts, duplicates } = sessionise(key, value, { pane: pane.index, early }, this.settings);
    if (!early) this.sessions.inc();
    this.duplicates.inc(duplicates);
    for (const part of parts) void emit("main", part);
  }
}

/**
 * Messages → parts of closed sessions, per user. Lateness is 0 here, because the source makes a dead letter of every
 * message that the runner would have to drop. A session that outgrows its bounds while open is emitted early, in panes
 * that share no message. Downstream everything is in the global window again.
 */
export function groupSessions(settings: SessionSettings) {
  const strategy = windowing({
    early: { elementCount: settings.maxOpenMessages, afterFirstElementMs: settings.maxOpenMs },
    accumulation: "discarding",
  });
  return withName("sessions", (messages: PCollection<ChatMessage>) =>
    messages
      .apply(taggedParDo("keyByUser", new KeyByUser(), { main: new KVCoder(new StrUtf8Coder(), chatMessageCoder) }))
      .main.apply(withName("window", windowInto(sessionsMs(settings.gapMs), strategy)))
      .apply(groupByKey())
      .apply(taggedParDo("combine", new Combine(settings), { main: sessionPartCoder }))
      .main.apply(withName("global", windowInto(globalWindows()))),
  );
}

registerForSerialization("steps/group-sessions", { KeyByUser, Combine });
