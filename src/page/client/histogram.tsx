import { useRef, useState } from "preact/hooks";
import type { FacetsAnswer } from "../contract";
import { counted, momentText, spanText } from "./format";

type Bars = FacetsAnswer["histogram"];

interface Props {
  readonly bars: Bars;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The time that was chosen; undefined for all. */
  readonly onBrush: (from: string | undefined, to: string | undefined) => void;
}

const HEIGHT = 64;
/** Width of a bar with its gap, in units of the picture, which is stretched to fit. */
const STEP = 10;
const GAP = 2;

/** Sessions over time. Drawing over it chooses a time; the fields below it do the same without a mouse. */
export function Histogram({ bars, from, to, onBrush }: Props) {
  const picture = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ readonly first: number; readonly last: number } | undefined>(undefined);
  if (bars.length === 0) return null;
  const starts = bars.map(({ start }) => Date.parse(start));
  const width = starts.length > 1 ? starts[1]! - starts[0]! : 60_000;
  const endMs = starts.at(-1)! + width;
  const most = Math.max(...bars.map(({ count }) => count));
  const total = bars.reduce((sum, { count }) => sum + count, 0);

  const barAt = (event: PointerEvent): number => {
    const { left, width: shown } = picture.current!.getBoundingClientRect();
    const place = Math.floor(((event.clientX - left) / shown) * bars.length);
    return Math.max(0, Math.min(bars.length - 1, place));
  };
  const chosen = drag === undefined ? undefined : [Math.min(drag.first, drag.last), Math.max(drag.first, drag.last)];
  const isIn = (place: number): boolean => {
    if (chosen !== undefined) return place >= chosen[0]! && place <= chosen[1]!;
    const [start, end] = [starts[place]!, starts[place]! + width];
    return (from === undefined || end > Date.parse(from)) && (to === undefined || start < Date.parse(to));
  };

  return (
    <figure class="histogram">
      <svg
        ref={picture}
        viewBox={`0 0 ${bars.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${counted(total, "session")} from ${spanText(starts[0]!, endMs)}`}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.preventDefault();
          picture.current!.setPointerCapture(event.pointerId);
          setDrag({ first: barAt(event), last: barAt(event) });
        }}
        onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, last: barAt(event) })}
        onPointerCancel={() => setDrag(undefined)}
        onPointerUp={() => {
          if (chosen === undefined) return;
          setDrag(undefined);
          onBrush(new Date(starts[chosen[0]!]!).toISOString(), new Date(starts[chosen[1]!]! + width).toISOString());
        }}
      >
        <rect class="histogram-ground" width={bars.length * STEP} height={HEIGHT} />
        {bars.map(({ start, count }, place) => {
          const height = count === 0 ? 1 : Math.max(3, (count / most) * (HEIGHT - 4));
          return (
            <rect
              key={start}
              class={count > 0 && isIn(place) ? "bar in" : "bar"}
              x={place * STEP + GAP / 2}
              y={HEIGHT - height}
              width={STEP - GAP}
              height={height}
            >
              <title>{`${momentText(start)}: ${counted(count, "session")}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <time dateTime={bars[0]!.start}>{momentText(starts[0]!)}</time>
        <span class="histogram-hint">Draw over the bars to choose a time</span>
        <time dateTime={new Date(endMs).toISOString()}>{momentText(endMs)}</time>
      </figcaption>
    </figure>
  );
}
