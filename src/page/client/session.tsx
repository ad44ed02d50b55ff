import { useEffect, useState } from "preact/hooks";
import type { SessionAnswer } from "../contract";
import { api } from "./api";
import { Bubbles } from "./bubbles";
import { Chips } from "./chips";
import { counted, spanText } from "./format";
import { countMasked, PieceText } from "./pieces";
import { follow, goBack } from "./router";
import { Actions } from "./session-actions";
import { Alerts, Costs, Fields, Others } from "./session-facts";
import { Empty, Failure, Skeleton } from "./states";
import { useLoaded } from "./use-loaded";

export function Session({ id }: { readonly id: string }) {
  const loaded = useLoaded(`session ${id}`, (signal) => api.session(id, signal));
  const [revealed, setRevealed] = useState<SessionAnswer | undefined>(undefined);
  const masked = loaded.isStale ? undefined : loaded.value;
  const session = revealed?.id === id ? revealed : masked;
  useEffect(() => {
    scrollTo({ top: 0 });
    document.getElementById("content")?.focus();
  }, [id]);
  useEffect(() => {
    if (session !== undefined) document.title = `${session.userId} · Chat sessions`;
  }, [session?.userId]);
  return (
    <main class="session" id="content" tabIndex={-1} aria-busy={loaded.isLoading}>
      {session === undefined && <h1 class="unseen">A session</h1>}
      <div class="session-bar">
        <button type="button" class="quiet" onClick={() => goBack("/")}>
          ← Back <kbd aria-hidden="true">Esc</kbd>
        </button>
        {session !== undefined && masked !== undefined && (
          <Actions
            session={session}
            hidden={hiddenIn(masked)}
            onReveal={async () => setRevealed(await api.reveal(id))}
            onHide={() => setRevealed(undefined)}
          />
        )}
      </div>
      {loaded.error !== undefined &&
        (loaded.error.code === "NOT_FOUND" ? (
          <Empty title="There is no such session">
            <p>It may have been amended by later messages, or the index is another one.</p>
          </Empty>
        ) : (
          <Failure error={loaded.error} onRetry={loaded.reload} hasOlder={session !== undefined} />
        ))}
      {session !== undefined ? <Whole session={session} /> : loaded.error === undefined && <Skeleton rows={5} />}
    </main>
  );
}

function hiddenIn({ messages, parts }: SessionAnswer): number {
  return countMasked([...messages, ...parts.map(({ summary }) => ({ text: summary }))].map(({ text }) => text));
}

function Whole({ session }: { readonly session: SessionAnswer }) {
  const { userId, start, end, parts, messages, hasMessages, before, after, similar } = session;
  const first = parts[0]!;
  return (
    <div class="session-columns">
      <section class="chat" aria-labelledby="session-title">
        <h1 id="session-title">
          <bdi>{userId}</bdi>
        </h1>
        <p class="facts">
          <time dateTime={start}>{spanText(start, end)}</time>
          <span>{counted(messages.length, "message")}</span>
          <span>
            <a href={`/?${new URLSearchParams({ user: userId }).toString()}`} onClick={follow}>
              All sessions of this user
            </a>
          </span>
        </p>
        {parts.map((part) => (
          <div class="summary-box" key={part.id}>
            <p class="summary" dir="auto">
              <PieceText pieces={part.summary} />
            </p>
            <Chips session={part} />
          </div>
        ))}
        {session.partCount > parts.length && (
          <p class="notice">
            {counted(session.partCount - parts.length, "part")} of this session could not be found beside the others.
          </p>
        )}
        {hasMessages ? (
          <Bubbles messages={messages} />
        ) : (
          <p class="notice">The job keeps no messages (--no-store-messages).</p>
        )}
      </section>
      <aside class="session-side" aria-label="About this session">
        <Fields session={session} first={first} />
        <Alerts alerts={session.alerts} />
        <Costs costs={session.costs} model={first.summaryModel} />
        <Others title="Before, by the same user" sessions={before} />
        <Others title="After, by the same user" sessions={after} />
        <Others title="Similar sessions" sessions={similar} withUser />
      </aside>
    </div>
  );
}
