import type { OverviewAnswer } from "../../overview/contract";
import type { Exploration } from "../explore-state";
import { counted, dayText, numberText } from "../format";
import { follow } from "../router";
import { changeOf, exploreValueOf } from "./overview-state";

interface Props {
  readonly state: Exploration;
  readonly answer: OverviewAnswer;
}

/** Topics of the last weeks, and how their numbers change. */
export function Topics({ state, answer: { topics, weeks } }: Props) {
  if (topics.length === 0) return null;
  const [first] = weeks;
  const most = Math.max(1, ...topics.map(({ count }) => count));
  return (
    <section class="panel" aria-labelledby="topics-title">
      <h2 id="topics-title">Topics</h2>
      {first !== undefined && (
        <p class="side-note">
          {weeks.length === 1
            ? `In the week from ${dayText(first)}; how they move is shown when there is more than one.`
            : `In ${counted(weeks.length, "week")} from ${dayText(first)}, a bar each; the last against the one before.`}
        </p>
      )}
      <ol class="overview-rows">
        {topics.map(({ value, count, byWeek }) => (
          <li key={value}>
            <a href={exploreValueOf(state, { topic: [value] })} onClick={follow}>
              <bdi>{value}</bdi>
            </a>
            {weeks.length > 1 ? (
              <WeekBars byWeek={byWeek} />
            ) : (
              <span class="row-bar" aria-hidden="true" style={{ "--share": String(count / most) }} />
            )}
            <span class="row-count">{numberText(count)}</span>
            {weeks.length > 1 && <Change byWeek={byWeek} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

const BAR_PX = 6;
const HEIGHT_PX = 20;

function WeekBars({ byWeek }: { readonly byWeek: readonly number[] }) {
  const most = Math.max(1, ...byWeek);
  return (
    <svg
      class="week-bars"
      viewBox={`0 0 ${byWeek.length * BAR_PX} ${HEIGHT_PX}`}
      width={byWeek.length * BAR_PX}
      height={HEIGHT_PX}
      role="img"
      aria-label={`By week: ${byWeek.map(numberText).join(", ")}`}
    >
      {byWeek.map((count, place) => {
        const height = Math.max(1, (count / most) * HEIGHT_PX);
        return <rect key={place} x={place * BAR_PX} y={HEIGHT_PX - height} width={BAR_PX - 2} height={height} rx={1} />;
      })}
    </svg>
  );
}

function Change({ byWeek }: { readonly byWeek: readonly number[] }) {
  const change = changeOf(byWeek);
  if (change === undefined) return <span class="row-change">{(byWeek.at(-1) ?? 0) > 0 ? "new" : "–"}</span>;
  const percent = Math.round(change * 100);
  return (
    <span class="row-change">
      {percent > 0 ? "▲" : percent < 0 ? "▼" : "="} {Math.abs(percent)}%
      <span class="unseen">{percent > 0 ? " more" : percent < 0 ? " fewer" : ""}</span>
    </span>
  );
}
