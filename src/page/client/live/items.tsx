import { kindText, ruleText } from "../../../chat/alerts/rule-text";
import type { LiveAlert, LiveMore, LiveSession } from "../../live/contract";
import { CardHead } from "../card-head";
import { Chips } from "../chips";
import { counted, labelText, languageText, lowered, secondText } from "../format";
import { PieceText } from "../pieces";
import type { LiveItem } from "./live-feed";
import { sessionsAt } from "./live-state";

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

function AlertItem({ alert }: { readonly alert: LiveAlert }) {
  const { id, kind, severity, rule, lane, documentId, messageCount, language, intent, writtenAt } = alert;
  const [name, kindName] = [ruleText(rule), kindText(kind)];
  return (
    <article class={`hit live-item live-alert${SEVERE.has(severity) ? " severe" : ""}`}>
      <CardHead
        {...(documentId === undefined ? { id: `alert ${id}`, href: sessionsAt(alert) } : { id: documentId })}
        title={`Alert: ${lowered(name)}`}
      >
        <time dateTime={writtenAt}>{secondText(writtenAt)}</time>
        <span>{lane === "message" ? "in a message" : counted(messageCount, "message")}</span>
      </CardHead>
      <ul class="chips" aria-label="Labels">
        <li class="chip severity">{labelText(severity)}</li>
        {!name.startsWith(kindName) && (
          <li class="chip">
            <bdi>{kindName}</bdi>
          </li>
        )}
        {intent !== undefined && <li class="chip intent">{labelText(intent)}</li>}
        {language !== undefined && <li class="chip">{languageText(language)}</li>}
      </ul>
    </article>
  );
}

const SEVERE = new Set(["critical", "high"]);
