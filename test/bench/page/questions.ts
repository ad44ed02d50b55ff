/** Requests that readers make of the page's API, and no two alike. */
import { CITIES, SCENARIOS, textOf } from "../../../src/local/sample/scenarios";
import { type Random, randomFrom } from "../../../src/local/random";
import { COLOURS, TENANTS, THINGS, timeOf } from "./sessions";

const MAX_WORDS = 6;
const INTENTS = ["question", "complaint", "order", "refund"] as const;

export interface Group {
  readonly name: string;
  readonly path: "/api/search" | "/api/facets";
  readonly parametersOf: (random: Random, sessions: number) => Readonly<Record<string, string>>;
}

export const GROUPS: readonly Group[] = [
  search("nothing asked, newest first", (random) => ({ offset: String(20 * random.int(0, 20)) })),
  search("words", (random) => ({ q: question(random), mode: "keyword" })),
  search("words, newest first", (random) => ({ q: question(random), mode: "keyword", sort: "newest" })),
  search("meaning", (random) => ({ q: question(random), mode: "semantic" })),
  search("both", (random) => ({ q: question(random) })),
  search("both, filtered", (random, sessions) => ({ q: question(random), ...filters(random, sessions) })),
  facets("nothing asked", () => ({})),
  facets("nothing asked, filtered", filters),
  facets("words", (random) => ({ q: question(random), mode: "keyword" })),
  facets("both", (random) => ({ q: question(random) })),
  facets("both, filtered", (random, sessions) => ({ q: question(random), ...filters(random, sessions) })),
];

/** The addresses of `count` requests of a group. */
export function addresses({ path, parametersOf }: Group, count: number, seed: number, sessions: number): string[] {
  const random = randomFrom(seed);
  return Array.from(
    { length: count },
    () => `${path}?${new URLSearchParams(parametersOf(random, sessions)).toString()}`,
  );
}

function search(name: string, parametersOf: Group["parametersOf"]): Group {
  return { name: `search: ${name}`, path: "/api/search", parametersOf };
}

function facets(name: string, parametersOf: Group["parametersOf"]): Group {
  return { name: `facets: ${name}`, path: "/api/facets", parametersOf };
}

/** Some words as somebody said them, or a thing: of some questions, nearly every session has a word. */
export function question(random: Random): string {
  if (random.chance(0.3)) return `${random.pick(COLOURS)} ${random.pick(THINGS)}`;
  const words = textOf(random.pick(random.pick(SCENARIOS).messages))
    .replaceAll("{city}", random.pick(CITIES))
    .replaceAll("{order}", String(random.int(100_000, 999_999)))
    .replaceAll("{amount}", `${random.int(9, 240)}.90 €`)
    .split(" ");
  const first = random.int(0, Math.max(0, words.length - MAX_WORDS));
  return words.slice(first, first + random.int(2, MAX_WORDS)).join(" ");
}

/** A label, an attribute and a month or more. */
function filters(random: Random, sessions: number): Readonly<Record<string, string>> {
  const from = random.int(0, Math.floor(sessions * 0.9));
  const to = Math.min(sessions, from + Math.floor(sessions * 0.1) + random.int(0, sessions));
  return {
    intent: random.pick(INTENTS),
    attribute: `tenant=${random.pick(TENANTS)}`,
    from: new Date(timeOf(from)).toISOString(),
    to: new Date(timeOf(to)).toISOString(),
  };
}
