import { useMemo, useState } from "preact/hooks";
import type { LiveFigures } from "../../live/contract";
import { minuteText } from "../format";
import { Chart } from "./chart";
import { type Series, seriesOf } from "./figure-series";

const ALMOST_AN_HOUR_MS = 3_500_000;

/** The stream's figures as small charts of the last hour. */
export function Figures({ figures }: { readonly figures: LiveFigures | undefined }) {
  const all = useMemo(() => (figures === undefined ? [] : seriesOf(figures)), [figures]);
  const [firstMs] = figures?.atMs ?? [];
  const nowMs = figures?.atMs.at(-1) ?? 0;
  return (
    <details class="figures" open={matchMedia("(min-width: 62rem)").matches}>
      <summary>
        <h2>The last hour</h2>
        {firstMs !== undefined && nowMs - firstMs < ALMOST_AN_HOUR_MS && (
          <span class="figure-note">since {minuteText(firstMs)}</span>
        )}
      </summary>
      {figures?.source === "index" && (
        <p class="side-note">
          These are from the indexes alone. The page of <code>npm start</code> also shows the job's own figures: what it
          reads, lag, freshness, tokens and dollars.
        </p>
      )}
      {figures === undefined ? (
        <p class="side-note">The figures come when the job runs.</p>
      ) : (
        <ul class="figure-grid">
          {all.map((series) => (
            <FigureTile key={`${figures.source} ${series.id}`} series={series} />
          ))}
        </ul>
      )}
    </details>
  );
}

function FigureTile({ series }: { readonly series: Series }) {
  const [pointed, setPointed] = useState<string | undefined>(undefined);
  const { id, title, value, note } = series;
  return (
    <li class={`figure-tile ${id}`} data-figure={id}>
      <h3>{title}</h3>
      <p class="figure-value">{value}</p>
      <Chart series={series} onPoint={setPointed} />
      <p class="figure-note">{pointed ?? note}</p>
    </li>
  );
}
