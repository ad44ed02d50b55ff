/** Reads Prometheus' text format as far as the job writes it. */
import assert from "node:assert/strict";

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function samplesOf(text: string): readonly Sample[] {
  return text.split("\n").flatMap((line): Sample[] => {
    if (line === "" || line.startsWith("#")) return [];
    const [, name = "", labels = "", value = ""] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    assert.notEqual(name, "", `no line of Prometheus' format: ${line}`);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", text = ""]) => [key, text]);
    return [
      {
        name,
        labels: Object.fromEntries(pairs) as Record<string, string>,
        value: Number(value.replace("+Inf", "Infinity")),
      },
    ];
  });
}

/** The sum over all labels; undefined for a name that is not there. */
export function totalOf(samples: readonly Sample[], name: string): number | undefined {
  const own = samples.filter((sample) => sample.name === name);
  return own.length === 0 ? undefined : own.reduce((sum, { value }) => sum + value, 0);
}

export async function scrape(url: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  return samplesOf(await response.text());
}
