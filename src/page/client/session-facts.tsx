/** Panels beside the messages of a session. */
import { ruleText } from "../../chat/alerts/rule-text";
import type { Outline, SessionAnswer } from "../contract";
import { Details } from "./details";
import { dollarText, durationText, labelText, modelText, momentText, numberText, waitText } from "./format";
import { PieceText } from "./pieces";
import { follow } from "./router";

export function Fields({ session, first }: { readonly session: SessionAnswer; readonly first: Outline }) {
  const { sessionKey, userId, start, end } = session;
  const rows: readonly (readonly [string, string])[] = [
    ...(sessionKey === undefined || sessionKey === userId ? [] : [["Session key", sessionKey] as const]),
    ["Duration", durationText(Date.parse(end) - Date.parse(start))],
    ...(first.firstResponseMs === undefined ? [] : [["First response", waitText(first.firstResponseMs)] as const]),
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

export function Alerts({ alerts }: Pick<SessionAnswer, "alerts">) {
  if (alerts === undefined || alerts.length === 0) return null;
  return (
    <section class="panel">
      <h2>Alerts</h2>
      <ul class="session-alerts">
        {alerts.map(({ time, severity, rule, lane }, place) => (
          <li key={place}>
            <span class="chip sensitive">{labelText(severity)}</span> <bdi>{ruleText(rule)}</bdi>
            <span class="alert-facts">
              {lane === "message" && "In a message, "}
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

export function Costs({ costs, model }: CostsProps) {
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
          <dd>{usd === undefined ? "Not known here" : `At most ${dollarText(usd)}`}</dd>
        </div>
      </dl>
      <p class="side-note">From the texts, by list prices of {pricesOf}.</p>
    </section>
  );
}

interface OthersProps {
  readonly title: string;
  readonly sessions: readonly (Outline & { readonly alike?: number })[];
  readonly withUser?: boolean;
}

export function Others({ title, sessions, withUser = false }: OthersProps) {
  if (sessions.length === 0) return null;
  return (
    <section class="panel">
      <h2>{title}</h2>
      <ul class="others">
        {sessions.map(({ id, userId, start, intent, summary, alike = 0 }) => (
          <li key={id}>
            <a href={`/session/${encodeURIComponent(id)}`} onClick={follow}>
              <span class="other-head">
                {withUser && <bdi>{userId} · </bdi>}
                {momentText(start)} · {labelText(intent)}
              </span>
              <span class="other-summary" dir="auto">
                <PieceText pieces={summary} />
              </span>
              {alike > 0 && <span class="other-head">and {numberText(alike)} more in much the same words</span>}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
