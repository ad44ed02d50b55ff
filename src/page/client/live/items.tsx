import type { LiveAlert, LiveMore, LiveSession } from "../../live/contract";
import { CardHead } from "../card-head";
import { Chips } from "../chips";
import { counted, labelText, languageText, secondText } from "../format";
import { PieceText } from "../pieces";
import type { LiveItem } from "./live-feed";

/** Sessions and alerts, the newest first. */
export function Items({ items }: { readonly items: readonly LiveItem[] }) {
  return (
    <ol class="live-items" aria-label="What came in, the newest first">
      {items.map((item) => (
        <li key={item.key}>
          {item.kind === "session" ? (
            <SessionItem session={item.session} />
          ) : item.kind === "alert" ? (
            <AlertItem alert={item.alert} />
          ) : (
            <p class="live-more">and {moreText(item.more)} more</p>
          )}
        </li>
      ))}
    </ol>
  );
}

export function moreText({ sessions, alerts }: LiveMore): string {
  return [
    ...(sessions > 0 ? [counted(sessions, "session")] : []),
    ...(alerts > 0 ? [counted(alerts, "alert")] : []),
  ].join(" and ");
}

function SessionItem({ session }: { readonly session: LiveSession }) {
  const { id, userId, indexedAt, messageCount, summary } = session;
  return (
    <article class="hit live-item">
      <CardHead id={id} title={userId}>
        <time dateTime={indexedAt}>{secondText(indexedAt)}</time>
        <span>{counted(messageCount, "message")}</span>
      </CardHead>
      <p class="summary" dir="auto">
        <PieceText pieces={summary} />
      </p>
      <Chips session={session} />
    </article>
  );
}

const LANES: Readonly<Record<string, string>> = { message: "of a message", session: "of a session" };

function AlertItem({ alert }: { readonly alert: LiveAlert }) {
  const { kind, severity, rule, lane, documentId, messageCount, language, intent, writtenAt } = alert;
  return (
    <article class={`hit live-item live-alert${SEVERE.has(severity) ? " severe" : ""}`}>
      <CardHead id={documentId} title={`Alert: ${kind.replaceAll("_", " ")}`}>
        <time dateTime={writtenAt}>{secondText(writtenAt)}</time>
        <span>{LANES[lane] ?? lane}</span>
        {lane !== "message" && <span>{counted(messageCount, "message")}</span>}
      </CardHead>
      <ul class="chips" aria-label="Labels">
        <li class="chip severity">{labelText(severity)}</li>
        <li class="chip">
          Rule <bdi>{rule}</bdi>
        </li>
        {intent !== undefined && <li class="chip intent">{labelText(intent)}</li>}
        {language !== undefined && <li class="chip">{languageText(language)}</li>}
      </ul>
    </article>
  );
}

const SEVERE = new Set(["critical", "high"]);
