import { kindText, ruleText } from "../../chat/alerts/rule-text";
import type { FacetsAnswer } from "../contract";
import { type Exploration, type FacetName, FACETS, toggled, toggledAttribute } from "./explore-state";
import { labelText, languageText, modelText, numberText } from "./format";

const TITLES: Readonly<Record<FacetName, string>> = {
  intent: "Intent",
  sentiment: "Sentiment",
  language: "Language",
  sensitiveKind: "Sensitive content",
  alert: "Alerts",
  topic: "Topics",
  category: "Answers",
  role: "Who speaks",
  model: "Model",
};
/** Values that are shown before one asks for more. */
const SHORT = 8;

/** A value as it is shown; exactly one text for each, so that a chip says what its box says. */
export function valueText(name: FacetName, value: string): string {
  switch (name) {
    case "language":
      return languageText(value);
    case "model":
      return modelText(value);
    case "topic":
      return value;
    case "category":
      return value.replaceAll("_", " ").replace("=", ": ");
    case "sensitiveKind":
      return kindText(value);
    case "alert":
      return ruleText(value);
    case "intent":
    case "sentiment":
    case "role":
      return labelText(value);
  }
}

interface Props {
  readonly state: Exploration;
  readonly answer: FacetsAnswer | undefined;
  readonly onChange: (next: Exploration) => void;
}

export function FacetList({ state, answer, onChange }: Props) {
  return (
    <div class="facets">
      {FACETS.map((name) => (
        <Facet
          key={name}
          title={TITLES[name]}
          counts={answer?.facets[name] ?? []}
          chosen={state.chosen[name]}
          text={(value) => valueText(name, value)}
          onToggle={(value) => onChange(toggled(state, name, value))}
        />
      ))}
      {Object.entries(answer?.attributes ?? {}).map(([name, counts]) => (
        <Facet
          key={`attribute ${name}`}
          title={labelText(name)}
          counts={counts}
          chosen={state.attributes.flatMap((pair) =>
            pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : [],
          )}
          text={(value) => value}
          onToggle={(value) => onChange(toggledAttribute(state, `${name}=${value}`))}
        />
      ))}
    </div>
  );
}

interface FacetProps {
  readonly title: string;
  readonly counts: readonly { readonly value: string; readonly count: number }[];
  readonly chosen: readonly string[];
  readonly text: (value: string) => string;
  readonly onToggle: (value: string) => void;
}

/** The values of one facet; a chosen one stays, also where no session has it. */
function Facet({ title, counts, chosen, text, onToggle }: FacetProps) {
  const missing = chosen.filter((value) => !counts.some((each) => each.value === value));
  const values = [...missing.map((value) => ({ value, count: 0 })), ...counts];
  if (values.length === 0) return null;
  const most = Math.max(1, ...values.map(({ count }) => count));
  const row = ({ value, count }: { readonly value: string; readonly count: number }) => (
    <label class="facet-value" key={value}>
      <input type="checkbox" checked={chosen.includes(value)} onChange={() => onToggle(value)} />
      <bdi class="facet-name">{text(value)}</bdi>
      <span class="facet-count">{numberText(count)}</span>
      <span class="facet-bar" aria-hidden="true" style={{ "--share": String(count / most) }} />
    </label>
  );
  const rest = values.slice(SHORT);
  return (
    <fieldset class="facet">
      <legend>{title}</legend>
      {values.slice(0, SHORT).map(row)}
      {rest.length > 0 && (
        <details open={rest.some(({ value }) => chosen.includes(value))}>
          <summary>{rest.length} more</summary>
          {rest.map(row)}
        </details>
      )}
    </fieldset>
  );
}
