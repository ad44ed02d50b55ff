/** Options that hold as many bytes as a deployment takes. */
import { alertRulesJson } from "../../../src/options/alert-settings";
import { taxonomyJson } from "../../../src/options/taxonomy";

const MAX_BYTES = 10_000;

/** Makes the text as long as may be, by the length of its last sentence. */
function filled(of: (lastCharacters: number) => string): string {
  return of(1 + MAX_BYTES - Buffer.byteLength(JSON.stringify(of(1))));
}

export const LONG_TAXONOMY = filled((last) => {
  const intents = Array.from({ length: 42 }, (_, at) => ({ name: `n${at}`, means: "x".repeat(200) }));
  const other = { name: "other" };
  const all = [...intents, { name: "last", means: "x".repeat(last) }, other];
  return taxonomyJson(JSON.stringify({ intents: all, sensitiveKinds: [other] }));
});

export const LONG_RULES = filled((last) => {
  const words = Array.from({ length: 90 }, (_, at) => `${at}`.padEnd(100, "x"));
  const first = { rule: "first", kind: "churn", severity: "low", words };
  const pattern = { rule: "last", kind: "churn", severity: "low", pattern: "x".repeat(last) };
  return alertRulesJson(JSON.stringify({ words: [first], patterns: [pattern] }));
});
