import { type Exploration, FACETS, isFiltered, toggled, toggledAttribute, unfiltered } from "./explore-state";
import { valueText } from "./facet-list";
import { momentText, spanText } from "./format";

interface Props {
  readonly state: Exploration;
  readonly onChange: (next: Exploration) => void;
}

/** The filters that are set, each with a button that takes it away. */
export function ActiveFilters({ state, onChange }: Props) {
  if (!isFiltered(state)) return null;
  const { user, from, to, chosen, attributes } = state;
  const all = [
    ...(user === undefined ? [] : [{ key: "user", text: user, next: { ...state, user: undefined, page: 1 } }]),
    ...(from === undefined && to === undefined
      ? []
      : [{ key: "time", text: timeText(from, to), next: { ...state, from: undefined, to: undefined, page: 1 } }]),
    ...FACETS.flatMap((name) =>
      chosen[name].map((value) => ({
        key: `${name} ${value}`,
        text: valueText(name, value),
        next: toggled(state, name, value),
      })),
    ),
    ...attributes.map((pair) => ({
      key: `attribute ${pair}`,
      text: pair.replace("=", ": "),
      next: toggledAttribute(state, pair),
    })),
  ];
  return (
    <ul class="active-filters" aria-label="Filters that are set">
      {all.map(({ key, text, next }) => (
        <li key={key}>
          <button type="button" class="filter-chip" onClick={() => onChange(next)}>
            <bdi>{text}</bdi>
            <span aria-hidden="true">×</span>
            <span class="unseen">, remove this filter</span>
          </button>
        </li>
      ))}
      <li>
        <button type="button" class="quiet" onClick={() => onChange(unfiltered(state))}>
          Clear all
        </button>
      </li>
    </ul>
  );
}

function timeText(from: string | undefined, to: string | undefined): string {
  if (from !== undefined && to !== undefined) return spanText(from, to);
  return from !== undefined ? `since ${momentText(from)}` : `before ${momentText(to!)}`;
}
