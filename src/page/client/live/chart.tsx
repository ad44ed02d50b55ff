import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { secondText } from "../format";
import type { Series } from "./figure-series";

const HEIGHT_PX = 64;
/** All charts show the same moment under the pointer. */
const CURSOR = "live";

interface Props {
  readonly series: Series;
  /** Told of the moment under the pointer, undefined when there is none. */
  readonly onPoint: (text: string | undefined) => void;
}

/** One figure over the last hour. */
export function Chart({ series, onPoint }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newest = useRef({ series, onPoint });
  newest.current = { series, onPoint };

  useEffect(() => {
    const box = place.current!;
    const chart = new uPlot(optionsOf(box, newest), dataOf(newest.current.series), box);
    plot.current = chart;
    const sizes = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: HEIGHT_PX }));
    sizes.observe(box);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => chart.redraw();
    scheme.addEventListener("change", redraw);
    return () => {
      sizes.disconnect();
      scheme.removeEventListener("change", redraw);
      chart.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(series)), [series]);

  return <div class="chart" ref={place} role="img" aria-label={labelOf(series)} />;
}

function labelOf({ title, value, note }: Series): string {
  return `${title}, the last hour: ${value} now, ${note}`;
}

function dataOf({ atMs, points }: Series): uPlot.AlignedData {
  return [atMs.map((ms) => ms / 1_000), [...points]];
}

/** The colours are the style's, at each drawing, so that they follow the browser's scheme. */
function optionsOf(box: HTMLElement, newest: { readonly current: Props }): uPlot.Options {
  const stroke = (): string => getComputedStyle(box).color;
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    padding: [6, 2, 2, 2],
    legend: { show: false },
    cursor: { sync: { key: CURSOR }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
    axes: [{ show: false }, { show: false }],
    scales: { y: { range: (_chart, _least, most) => [0, Math.max(most ?? 0, Number.EPSILON) * 1.05] } },
    series: [
      {},
      {
        stroke,
        fill: () =>
          stroke()
            .replace(/^rgb\((.*)\)$/, "rgb($1 / 12%)")
            .replaceAll(", ", " "),
        width: 1.5,
        points: { show: false },
      },
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx } }) => {
          const { series, onPoint } = newest.current;
          const point = typeof idx === "number" ? (series.points[idx] ?? null) : null;
          onPoint(point === null ? undefined : `${series.format(point)} at ${secondText(series.atMs[idx!]!)}`);
        },
      ],
    },
  };
}
