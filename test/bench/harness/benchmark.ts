/** One line of a benchmark's table. */
export type Row = Readonly<Record<string, string | number>>;

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Facts that a reader might wrongly read from the figures. */
  readonly notMeasured: string;
  /** `scale` 1 is the whole benchmark; a smaller one only shows that it runs. */
  run(scale: number): Promise<readonly Row[]>;
}

export function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
