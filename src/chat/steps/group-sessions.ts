import { chatMessageCoder } from "../coders/chat-message";
import { type MessageFragment, messageFragmentCoder } from "../coders/message-fragment";
import { sessionPartCoder } from "../coders/session-part";
import {
  afterAny,
  afterCount,
  afterProcessingTime,
  afterWatermark,
  type Counter,
  type ElementContext,
  type Emit,
  type FragmentFn,
  fragments,
  globalWindows,
  groupByKey,
  type KV,
  KVCoder,
  P,
  type PCollection,
  registerForSerialization,
  sessionsMs,
  type SetupContext,
  StrUtf8Coder,
  type TaggedDoFn,
  taggedParDo,
  windowing,
  windowInto,
  withName,
} from "../../beam";
import type { ChatMessage, SessionPart } from "../model";
import { sessionise } from "./sessionise";
import type { SessionSettings } from "./settings";

const keyedCoder = new KVCoder(new StrUtf8Coder(), chatMessageCoder);
const fragmentCoder = new KVCoder(new StrUtf8Coder(), messageFragmentCoder);

/** Together they bound an open session: `maxOpenMessages` fragments of this size. */
const MAX_FRAGMENT_MESSAGES = 32;
const MAX_FRAGMENT_BYTES = 8 * 1024;
/** Ids, times and position of a message. */
const OVERHEAD_BYTES = 100;

class KeyByUser implements TaggedDoFn<ChatMessage, { main: KV<string, ChatMessage> }> {
  process(message: ChatMessage, emit: Emit<{ main: KV<string, ChatMessage> }>): void {
    return void emit("main", { key: message.userId, value: message });
  }
}

class Gather implements FragmentFn<ChatMessage, ChatMessage[]> {
  readonly maxValues = MAX_FRAGMENT_MESSAGES;
  readonly maxBytes = MAX_FRAGMENT_BYTES;

  sizeBytes({ content }: ChatMessage): number {
    return content.length + OVERHEAD_BYTES;
  }

  create(message: ChatMessage): ChatMessage[] {
    return [message];
  }

  add(fragment: ChatMessage[], message: ChatMessage): ChatMessage[] {
    fragment.push(message);
    return fragment;
  }
}

class Combine implements TaggedDoFn<KV<string, Iterable<MessageFragment>>, { main: SessionPart }> {
  private sessions!: Counter;
  private duplicates!: Counter;

  constructor(private readonly settings: SessionSettings) {}

  setup({ metrics }: SetupContext): void {
    this.sessions = metrics.counter("sessions");
    this.duplicates = metrics.counter("duplicates");
  }

  process(
    { key, value }: KV<string, Iterable<MessageFragment>>,
    emit: Emit<{ main: SessionPart }>,
    { pane }: ElementContext,
  ): void {
    const early = pane.timing === "EARLY";
    const { parts, duplicates } = sessionise(key, [...value].flat(), { pane: pane.index, early }, this.settings);
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
    const gathered = P(windowed).apply(fragments("gather", new Gather(), fragmentCoder));
    const grouped = P(gathered.main).apply(groupByKey<string, MessageFragment>());
    const parts = P(grouped).apply(taggedParDo("combine", new Combine(settings), { main: sessionPartCoder }));
    return P(parts.main).apply(withName("global", windowInto(globalWindows())));
  });
}

registerForSerialization("steps/group-sessions", { KeyByUser, Gather, Combine });
