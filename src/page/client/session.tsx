import { useEffect, useState } from "preact/hooks";
import type { Outline, SessionAnswer } from "../contract";
import { api } from "./api";
import { Bubbles } from "./bubbles";
import { Chips } from "./chips";
import { Details } from "./details";
import { counted, durationText, dollarText, labelText, modelText, momentText, numberText, spanText } from "./format";
import { countMasked, PieceText } from "./pieces";
import { follow, goBack } from "./router";
import { Empty, Failure, Skeleton } from "./states";
import { useLoaded } from "./use-loaded";

export function Session({ id }: { readonly id: string }) {
  const loaded = useLoaded(`session ${id}`, (signal) => api.session(id, signal));
  const [revealed, setRevealed] = useState<SessionAnswer | undefined>(undefined);
  const masked = loaded.isStale ? undefined : loaded.value;
  const session = revealed?.id === id ? revealed : masked;
  useEffect(() => {
    scrollTo({ top: 0 });
    document.getElementById("back")?.focus();
  }, [id]);
  useEffect(() => {
    if (session !== undefined) document.title = `${session.userId} · Chat sessions`;
  }, [session?.userId]);
  return (
    <main class="session" id="content" aria-busy={loaded.isLoading}>
      {session === undefined && <h1 class="unseen">A session</h1>}
      <div class="session-bar">
        <button type="button" id="back" class="quiet" onClick={() => goBack("/")}>
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

interface ActionsProps {
  readonly session: SessionAnswer;
  /** Values that are masked until they are revealed. */
  readonly hidden: number;
  readonly onReveal: () => Promise<void>;
  readonly onHide: () => void;
}

function Actions({ session, hidden, onReveal, onHide }: ActionsProps) {
  const [note, setNote] = useState("");
  const say = (action: () => Promise<void>, done: string, failed: string) => () => {
    action().then(
      () => setNote(done),
      () => setNote(failed),
    );
  };
  return (
    <div class="actions">
      <span role="status" class="action-note">
        {note}
      </span>
      {session.revealed ? (
        <button type="button" onClick={onHide}>
          Hide values
        </button>
      ) : (
        hidden > 0 && (
          <button
            type="button"
            onClick={say(onReveal, "Revealed; the server's log has a line about it.", "They could not be revealed.")}
          >
            Reveal {counted(hidden, "value")}
          </button>
        )
      )}
      <button
        type="button"
        onClick={say(
          () => navigator.clipboard.writeText(location.href),
          "Link copied.",
          "The link could not be copied.",
        )}
      >
        Copy link
      </button>
      <button type="button" onClick={() => save(session)}>
        Export JSON
      </button>
    </div>
  );
}

/** Saves what is shown, masked as it is. */
function save(session: SessionAnswer): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(session, undefined, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `session-${session.id}.json`;
  link.click();
  URL.revokeObjectURL(address);
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

function Fields({ session, first }: { readonly session: SessionAnswer; readonly first: Outline }) {
  const { sessionKey, userId, start, end } = session;
  const rows: readonly (readonly [string, string])[] = [
    ...(sessionKey === undefined || sessionKey === userId ? [] : [["Session key", sessionKey] as const]),
    ["Duration", durationText(Date.parse(end) - Date.parse(start))],
    ...(first.firstResponseMs === undefined ? [] : [["First response", durationText(first.firstResponseMs)] as const]),
    ["Topics", first.topics.join(", ")],
    ...first.categories.map((pair) => {
      const [question = "", answer = ""] = pair.split("=");
      return [labelText(question), answer.replaceAll("_", " ")] as const;
    }),
    ...Object.entries(first.attributes).map(
      ([name, value]) => [labelText(name), typeof value === "string" ? value : value.join(", ")] as const,
    ),
    ...(session.costs === undefined ? [["Model", modelText(first.summaryModel)] as const] : []),
  ];
  return <Details rows={rows} />;
}

function Alerts({ alerts }: Pick<SessionAnswer, "alerts">) {
  if (alerts === undefined || alerts.length === 0) return null;
  return (
    <section class="panel">
      <h2>Alerts</h2>
      <ul class="session-alerts">
        {alerts.map(({ time, kind, severity, rule, lane }, place) => (
          <li key={place}>
            <span class="chip sensitive">{labelText(severity)}</span> <bdi>{labelText(kind)}</bdi>
            <span class="alert-facts">
              <bdi>{rule.replaceAll("_", " ")}</bdi>, {lane === "message" ? "in a message" : "by its summary"},{" "}
              <time dateTime={time}>{momentText(time)}</time>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface CostsProps extends Pick<SessionAnswer, "costs"> {
  readonly model: string;
}

function Costs({ costs, model }: CostsProps) {
  if (costs === undefined) return null;
  const { inputTokens, outputTokens, embeddingTokens, usd, pricesOf } = costs;
  return (
    <section class="panel">
      <h2>Costs, estimated</h2>
      <dl>
        <div>
          <dt>Model</dt>
          <dd>{modelText(model)}</dd>
        </div>
        <div>
          <dt>Tokens</dt>
          <dd>
            {numberText(inputTokens)} in, {numberText(outputTokens)} out, {numberText(embeddingTokens)} for the vector
          </dd>
        </div>
        <div>
          <dt>Price</dt>
          <dd>{usd === undefined ? "Not known here" : `At most about ${dollarText(usd)}`}</dd>
        </div>
      </dl>
      <p class="side-note">From the texts, by list prices of {pricesOf}.</p>
    </section>
  );
}

interface OthersProps {
  readonly title: string;
  readonly sessions: readonly Outline[];
  readonly withUser?: boolean;
}

function Others({ title, sessions, withUser = false }: OthersProps) {
  if (sessions.length === 0) return null;
  return (
    <section class="panel">
      <h2>{title}</h2>
      <ul class="others">
        {sessions.map(({ id, userId, start, intent, summary }) => (
          <li key={id}>
            <a href={`/session/${encodeURIComponent(id)}`} onClick={follow}>
              <span class="other-head">
                {withUser && <bdi>{userId} · </bdi>}
                {momentText(start)} · {labelText(intent)}
              </span>
              <span class="other-summary" dir="auto">
                <PieceText pieces={summary} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
