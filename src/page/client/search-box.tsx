import { useEffect, useState } from "preact/hooks";
import type { Exploration, Mode, Sort } from "./explore-state";

const MODES: readonly { readonly mode: Mode; readonly name: string }[] = [
  { mode: "hybrid", name: "Both" },
  { mode: "semantic", name: "Meaning" },
  { mode: "keyword", name: "Words" },
];

const SORTS: readonly { readonly sort: Sort; readonly name: string }[] = [
  { sort: "relevance", name: "Best match" },
  { sort: "newest", name: "Newest" },
  { sort: "oldest", name: "Oldest" },
  { sort: "longest", name: "Longest" },
];

interface Props {
  readonly state: Exploration;
  readonly onChange: (next: Exploration) => void;
}

/** The question. It is asked when one says so, because each costs a call of the embedding model. */
export function SearchBox({ state, onChange }: Props) {
  const [text, setText] = useState(state.q);
  useEffect(() => setText(state.q), [state.q]);
  const ask = (q: string): void => onChange({ ...state, q: q.trim(), page: 1, sort: "relevance" });
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        ask(text);
      }}
    >
      <h1 class="unseen">Explore sessions</h1>
      <div class="search-field">
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <circle cx="8.5" cy="8.5" r="5.5" fill="none" stroke="currentColor" stroke-width="2" />
          <path d="m13 13 5 5" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
        </svg>
        <input
          id="question"
          type="search"
          aria-label="Search sessions"
          placeholder="What did people say?"
          autocomplete="off"
          maxLength={2_000}
          dir="auto"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <kbd aria-hidden="true">/</kbd>
        <button type="submit" class="primary">
          Search
        </button>
      </div>
      <div class="search-options">
        <fieldset class="segments">
          <legend class="unseen">What is compared</legend>
          {MODES.map(({ mode, name }) => (
            <label key={mode}>
              <input
                type="radio"
                name="mode"
                checked={state.mode === mode}
                onChange={() => onChange({ ...state, mode, page: 1 })}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <label class="sort">
          Sort
          <select
            value={state.q === "" && state.sort === "relevance" ? "newest" : state.sort}
            onChange={(event) => onChange({ ...state, sort: event.currentTarget.value as Sort, page: 1 })}
          >
            {SORTS.filter(({ sort }) => state.q !== "" || sort !== "relevance").map(({ sort, name }) => (
              <option key={sort} value={sort}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
    </form>
  );
}
