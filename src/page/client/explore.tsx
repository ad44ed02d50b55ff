import { useEffect, useRef } from "preact/hooks";
import { ActiveFilters } from "./active-filters";
import { api } from "./api";
import {
  type Exploration,
  explorationOf,
  facetsQueryOf,
  isFiltered,
  MAX_PAGE,
  PAGE_SIZE,
  searchOf,
  searchQueryOf,
  unfiltered,
} from "./explore-state";
import { FacetList } from "./facet-list";
import { counted } from "./format";
import { Histogram } from "./histogram";
import { Hits } from "./hits";
import { navigate } from "./router";
import { SearchBox } from "./search-box";
import { Empty, Failure, Skeleton } from "./states";
import { TimeFields } from "./time-fields";
import { useLoaded } from "./use-loaded";

/** Search, filters and hits. `lastOpened` is the session that one comes back from. */
export function Explore({ search, lastOpened }: { readonly search: string; readonly lastOpened: string | undefined }) {
  const state = explorationOf(search);
  const hits = useLoaded(`search ${searchQueryOf(state)}`, (signal) => api.search(searchQueryOf(state), signal));
  const facets = useLoaded(`facets ${facetsQueryOf(state)}`, (signal) => api.facets(facetsQueryOf(state), signal));
  const results = useRef<HTMLElement>(null);
  const change = (next: Exploration): void => navigate(`/${searchOf(next)}`);

  useEffect(() => {
    document.title = state.q === "" ? "Chat sessions" : `${state.q} · Chat sessions`;
  }, [state.q]);
  useEffect(() => {
    if (lastOpened === undefined) return;
    const links = results.current?.querySelectorAll<HTMLElement>("[data-hit]") ?? [];
    [...links].find((link) => link.dataset["hit"] === lastOpened)?.focus();
  }, []);

  const found = hits.value?.hits;
  const total = facets.isStale ? undefined : facets.value?.total;
  return (
    <div class="explore">
      <SearchBox state={state} onChange={change} />
      <aside class="side" aria-label="Filters">
        <details class="side-fold" open={matchMedia("(min-width: 62rem)").matches}>
          <summary>Filters</summary>
          {facets.error !== undefined && <p class="side-note">The counts could not be loaded.</p>}
          <TimeFields state={state} onChange={change} />
          <FacetList state={state} answer={facets.value} onChange={change} />
        </details>
      </aside>
      <main class="results" id="content" ref={results} aria-busy={hits.isLoading}>
        <div class={hits.isLoading || facets.isLoading ? "progress on" : "progress"} aria-hidden="true" />
        {hits.error !== undefined && (
          <Failure error={hits.error} onRetry={hits.reload} hasOlder={found !== undefined} />
        )}
        <Histogram
          bars={facets.value?.histogram ?? []}
          from={state.from}
          to={state.to}
          onBrush={(from, to) => change({ ...state, from, to, page: 1 })}
        />
        <div class="result-head">
          <p role="status">
            {found === undefined
              ? hits.isLoading
                ? "Searching …"
                : ""
              : resultText(state, total, facets.value?.isCut === true, found.length)}
          </p>
          <ActiveFilters state={state} onChange={change} />
        </div>
        {hits.value?.inMessages === false && (
          <p class="notice">
            The index is of an older version, so messages were not searched: <code>npm run index -- migrate</code>{" "}
            changes that.
          </p>
        )}
        {found === undefined ? (
          hits.error === undefined && <Skeleton rows={6} />
        ) : found.length === 0 ? (
          <NothingFound state={state} onChange={change} />
        ) : (
          <div class={hits.isStale ? "stale" : undefined}>
            {state.q !== "" && found.every(({ weak }) => weak) && (
              <p class="notice">Nothing fits this well; these are the nearest.</p>
            )}
            <Hits hits={found} first={(state.page - 1) * PAGE_SIZE + 1} />
            <Pages state={state} isFull={found.length === PAGE_SIZE} total={total} onChange={change} />
          </div>
        )}
      </main>
    </div>
  );
}

function resultText(state: Exploration, total: number | undefined, isCut: boolean, shown: number): string {
  if (total === undefined) return counted(shown, "session");
  const all = counted(total, "session");
  if (state.q === "") return isFiltered(state) ? `${all}, the newest first` : `All ${all}, the newest first`;
  return isCut ? `The best ${all}` : all;
}

interface Props {
  readonly state: Exploration;
  readonly onChange: (next: Exploration) => void;
}

function NothingFound({ state, onChange }: Props) {
  const filtered = isFiltered(state);
  if (state.q === "" && !filtered) {
    return (
      <Empty title="No sessions yet">
        <p>A session appears here when it has ended, after some minutes of silence, and was summarised.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No session was found">
      {state.mode === "keyword" && state.q !== "" && (
        <p>
          Only words are compared.{" "}
          <button type="button" class="quiet" onClick={() => onChange({ ...state, mode: "hybrid", page: 1 })}>
            Search by meaning too
          </button>
        </p>
      )}
      {filtered && (
        <p>
          <button type="button" class="quiet" onClick={() => onChange(unfiltered(state))}>
            Search without filters
          </button>
        </p>
      )}
      {(state.from ?? state.to) !== undefined && (
        <p>A session is found when it has ended, after some minutes of silence, and was summarised.</p>
      )}
      {/["“„«「]/u.test(state.q) && <p>Words between quotation marks must follow one another.</p>}
    </Empty>
  );
}

interface PagesProps extends Props {
  readonly isFull: boolean;
  readonly total: number | undefined;
}

function Pages({ state, isFull, total, onChange }: PagesProps) {
  const { page } = state;
  const isLast = !isFull || page >= MAX_PAGE || (total !== undefined && page * PAGE_SIZE >= total);
  if (page === 1 && isLast) return null;
  const go = (next: number): void => {
    onChange({ ...state, page: next });
    scrollTo({ top: 0 });
  };
  return (
    <nav class="pages" aria-label="Pages">
      <button type="button" disabled={page === 1} onClick={() => go(page - 1)}>
        ← Previous
      </button>
      <span>Page {page}</span>
      <button type="button" disabled={isLast} onClick={() => go(page + 1)}>
        Next →
      </button>
    </nav>
  );
}
