import { useEffect } from "preact/hooks";
import type { OverviewAnswer } from "../../overview/contract";
import { ActiveFilters } from "../active-filters";
import { api } from "../api";
import { type Exploration, isFiltered, unfiltered } from "../explore-state";
import { counted, waitText } from "../format";
import { Histogram } from "../histogram";
import { follow, navigate } from "../router";
import { Empty, Failure, Skeleton } from "../states";
import { useLoaded } from "../use-loaded";
import { Intents } from "./intents";
import { Languages } from "./languages";
import { addressOf, exploreAddressOf, overviewStateOf, queryOf, spanned, SPANS } from "./overview-state";
import { Periods } from "./periods";
import { ResponseTimes } from "./response-times";
import { Topics } from "./topics";

interface Props {
  /** The address's query. */
  readonly search: string;
}

const ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Bars that fit half of a wide window. */
const FEW_BARS = 16;

/** Sessions over days and weeks, each figure with a link to the sessions behind it. */
export function Overview({ search }: Props) {
  const state = overviewStateOf(search);
  const query = queryOf(state, ZONE);
  const { value, error, isLoading, isStale, reload } = useLoaded(`overview ${query}`, (signal) =>
    api.overview(query, signal),
  );
  const change = (next: Exploration): void => navigate(addressOf(next));
  const isShort = (value?.periods.length ?? 0) <= FEW_BARS;
  useEffect(() => {
    document.title = "Overview · Chat sessions";
  }, []);
  return (
    <main class="wide-view overview" id="content" aria-busy={isLoading}>
      <div class={isLoading ? "progress on" : "progress"} aria-hidden="true" />
      <div class="overview-head">
        <h1>Overview</h1>
        <SpanChoice state={state} onChange={change} />
        <a class="overview-all" href={exploreAddressOf(state)} onClick={follow}>
          Explore these sessions
        </a>
      </div>
      <ActiveFilters state={state} onChange={change} />
      {error !== undefined && <Failure error={error} onRetry={reload} hasOlder={value !== undefined} />}
      {value === undefined ? (
        error === undefined && <Skeleton rows={4} />
      ) : value.total === 0 ? (
        <NoSessions state={state} onChange={change} />
      ) : (
        <div class={isStale ? "overview-whole stale" : "overview-whole"}>
          <Totals answer={value} />
          <section class={isShort ? "panel" : "panel overview-wide"} aria-labelledby="periods-title">
            <h2 id="periods-title">Sessions by {value.interval}</h2>
            <Histogram
              bars={value.periods}
              from={state.from}
              to={state.to}
              onBrush={(from, to) => change({ ...state, from, to })}
            />
            <Periods state={state} answer={value} />
          </section>
          {isShort && <ResponseTimes answer={value} />}
          <Intents state={state} answer={value} />
          <Topics state={state} answer={value} />
          {isShort ? (
            <Languages state={state} answer={value} />
          ) : (
            <div class="overview-column">
              <ResponseTimes answer={value} />
              <Languages state={state} answer={value} />
            </div>
          )}
        </div>
      )}
    </main>
  );
}

function Totals({ answer }: { readonly answer: OverviewAnswer }) {
  const { total, users, answered, firstResponse } = answer;
  return (
    <p class="facts overview-totals" role="status">
      <span>{counted(total, "session")}</span>
      <span>{counted(users, "user")}</span>
      <span>{answered === total ? "all answered" : `${counted(answered, "session")} answered`}</span>
      {firstResponse !== null && <span>half of first responses within {waitText(firstResponse.medianMs)}</span>}
    </p>
  );
}

interface ChoiceProps {
  readonly state: Exploration;
  readonly onChange: (next: Exploration) => void;
}

function SpanChoice({ state, onChange }: ChoiceProps) {
  const nowMs = Date.now();
  return (
    <fieldset class="segments">
      <legend class="unseen">Time</legend>
      {SPANS.map((days) => {
        const next = spanned(state, days, nowMs);
        return (
          <label key={days ?? 0}>
            <input
              type="radio"
              name="span"
              checked={next.from === state.from && next.to === state.to}
              onChange={() => onChange(next)}
            />
            <span>{days === undefined ? "All time" : `${days} days`}</span>
          </label>
        );
      })}
    </fieldset>
  );
}

function NoSessions({ state, onChange }: ChoiceProps) {
  return isFiltered(state) ? (
    <Empty title="No session passes these filters">
      <p>
        <button type="button" class="quiet" onClick={() => onChange(unfiltered(state))}>
          Show all sessions
        </button>
      </p>
    </Empty>
  ) : (
    <Empty title="No sessions yet">
      <p>A session is counted here when it has ended, after some minutes of silence, and was summarised.</p>
    </Empty>
  );
}
