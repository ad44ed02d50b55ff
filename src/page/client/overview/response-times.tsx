import type { OverviewAnswer } from "../../overview/contract";
import { counted, durationText, numberText, waitText } from "../format";

const HOUR_MS = 3_600_000;

/** How long customers waited for somebody to answer them first. */
export function ResponseTimes({ answer }: { readonly answer: OverviewAnswer }) {
  const { answered, total, firstResponse, responseBands } = answer;
  const most = Math.max(1, ...responseBands.map(({ count }) => count));
  return (
    <section class="panel" aria-labelledby="response-title">
      <h2 id="response-title">First response</h2>
      {firstResponse === null ? (
        <p class="side-note">
          No session holds an answer to a customer. The job sees one where messages have roles (
          <code>--role-field</code>
          ).
        </p>
      ) : (
        <>
          <dl class="overview-figures">
            <div>
              <dt>Half within</dt>
              <dd>{waitText(firstResponse.medianMs)}</dd>
            </div>
            <div>
              <dt>Nine of ten within</dt>
              <dd>{waitText(firstResponse.p90Ms)}</dd>
            </div>
          </dl>
          <ol class="overview-rows">
            {responseBands.map(({ belowMs, count }, place) => (
              <li key={place}>
                <span>{bandText(responseBands[place - 1]?.belowMs ?? undefined, belowMs ?? undefined)}</span>
                <span class="row-bar" aria-hidden="true" style={{ "--share": String(count / most) }} />
                <span class="row-count">{numberText(count)}</span>
              </li>
            ))}
          </ol>
          {answered < total && (
            <p class="side-note">{counted(total - answered, "session")} without an answer to a customer.</p>
          )}
        </>
      )}
    </section>
  );
}

function bandText(fromMs: number | undefined, belowMs: number | undefined): string {
  if (belowMs === undefined) return `${boundText(fromMs ?? 0)} or more`;
  return fromMs === undefined ? `Under ${boundText(belowMs)}` : `${boundText(fromMs)} to ${boundText(belowMs)}`;
}

function boundText(ms: number): string {
  return ms < HOUR_MS ? durationText(ms) : `${ms / HOUR_MS} h`;
}
