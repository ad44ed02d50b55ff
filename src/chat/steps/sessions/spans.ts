/** Spans of time that belong to one session, because less than the gap lies between them. Pure. */

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

function areNear(a: Span, b: Span, gapMs: number): boolean {
  return a.startMs - b.endMs < gapMs && b.startMs - a.endMs < gapMs;
}

export function hull(spans: readonly Span[]): Span {
  return {
    startMs: Math.min(...spans.map(({ startMs }) => startMs)),
    endMs: Math.max(...spans.map(({ endMs }) => endMs)),
  };
}

/** Finds the spans near the first one, and those near these: all of its session. */
export function reachOf<S extends Span>(from: Span, spans: readonly S[], gapMs: number): readonly S[] {
  let reach: Span = from;
  let left = [...spans];
  const found: S[] = [];
  for (;;) {
    const near = left.filter((span) => areNear(reach, span, gapMs));
    if (near.length === 0) return found;
    found.push(...near);
    left = left.filter((span) => !near.includes(span));
    reach = hull([reach, ...near]);
  }
}
