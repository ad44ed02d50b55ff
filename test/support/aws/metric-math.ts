/** CloudWatch's metric math, as far as the dashboard uses it, over counters that tasks publish. */
import { createContext, runInContext } from "node:vm";

/** Tasks' counters in one minute, and the times that each was published. */
export type Minute = readonly (readonly [value: number, times: number])[];

const STATISTICS: Readonly<Record<string, (minute: Minute) => number>> = {
  Sum: (minute) => minute.reduce((sum, [value, times]) => sum + value * times, 0),
  SampleCount: (minute) => minute.reduce((sum, [, times]) => sum + times, 0),
  Maximum: (minute) => Math.max(...minute.map(([value]) => value)),
  Average: (minute) => STATISTICS["Sum"]!(minute) / STATISTICS["SampleCount"]!(minute),
};

/** A statistic of a metric by minutes, undefined in those without a sample. */
export function statisticOf(statistic: string, minutes: readonly (Minute | undefined)[]): Series {
  return minutes.map((minute) => (minute === undefined ? undefined : STATISTICS[statistic]!(minute)));
}

export type Series = readonly (number | undefined)[];

/** The values of an expression at a minute; `named` are metrics, as series, and other expressions, by their ids. */
export function valueAt(
  expression: string,
  minute: number,
  named: Readonly<Record<string, Series | string>>,
): number | undefined {
  let at = minute;
  const evaluate = (text: string): unknown => {
    // DIFF and FILL look at other minutes, so what they are given is a function of the minute.
    return runInContext(text.replaceAll(/\b(DIFF|FILL)\(/g, "$1(() => "), context);
  };
  const value = (name: string): unknown => {
    const own = named[name]!;
    return typeof own === "string" ? evaluate(own) : own[at];
  };
  const ago = (of: () => number | undefined, minutes: number): number | undefined => {
    at -= minutes;
    const found = at < 0 ? undefined : of();
    at += minutes;
    return found;
  };
  const context = createContext({
    REPEAT: "REPEAT",
    IF: (condition: boolean, yes: number, no: number) => (condition ? yes : no),
    DIFF: (of: () => number | undefined) => {
      const [now, before] = [of(), ago(of, 1)];
      return now === undefined || before === undefined ? undefined : now - before;
    },
    FILL: (of: () => number | undefined, by: number | "REPEAT") => {
      if (by !== "REPEAT") return of() ?? by;
      for (let minutes = 0; minutes <= at; minutes++) {
        const found = ago(of, minutes);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  });
  for (const name of Object.keys(named)) Object.defineProperty(context, name, { get: () => value(name) });
  return evaluate(expression) as number | undefined;
}
