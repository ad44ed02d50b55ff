import { chatMessageCoder } from "../coders/chat-message";
import { sessionPartCoder } from "../coders/session-part";
import {
  type Counter,
  type ElementContext,
  type Emit,
  type KV,
  type SetupContext,
  type TaggedDoFn,
  P,
  afterAny,
  afterCount,
  afterProcessingTime,
  afterWatermark,
  registerForSerialization,
  sessionsMs,
  taggedParDo,
  windowing,
} from "../beam/authoring";
import { KVCoder, type PCollection, StrUtf8Coder, globalWindows, groupByKey, windowInto, withName } from "../beam/sdk";
import type { ChatMessage, SessionPart } from "../model";
import { sessionise } from "./sessionise";
import type { SessionSettings } from "./settings";

const keyedCoder = new KVCoder(new StrUtf8Coder(), chatMessageCoder);

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
  const outgrown = afterAny(afterCount(settings.maxOpenMessages), afterProcessingTime(settings.maxOpenMs));
  const strategy = windowing({ trigger: afterWatermark({ early: outgrown }), accumulation: "discarding" });
  return withName("sessions", (messages: PCollection<ChatMessage>): PCollection<SessionPart> => {
    const keyed = P(messages).apply(taggedParDo("keyByUser", new KeyByUser(), { main: keyedCoder }));
    const windowed = P(keyed.main).apply(withName("window", windowInto(sessionsMs(settings.gapMs), strategy)));
    const grouped = P(windowed).apply(groupByKey<string, ChatMessage>());
    const parts = P(grouped).apply(taggedParDo("combine", new Combine(settings), { main: sessionPartCoder }));
    return P(parts.main).apply(withName("global", windowInto(globalWindows())));
  });
}

registerForSerialization("steps/group-sessions", { KeyByUser, Combine });
