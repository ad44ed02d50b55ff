import Table from "cli-table3";
import path from "node:path";
import type { Agreement } from "../chat/steps/summaries/agreement";
import { PRICES_OF } from "../io/bedrock/prices";
import { counted, safeText, shortened } from "./terminal/safe-text";

/** One model's answers about the sessions with one taxonomy. */
export interface Variant {
  readonly model: string;
  /** The file as it was given; undefined for the built-in one. */
  readonly taxonomy: string | undefined;
  readonly taxonomyHash: string;
  readonly fields: readonly Agreement[];
  /** Sessions without an answer, by the code that a dead letter would have. */
  readonly refused: Readonly<Record<string, number>>;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null when the price is not known here. */
  readonly usdPer1000Sessions: number | null;
}

/** Confusions of one field that are shown; JSON has all. */
const MAX_CONFUSIONS = 8;
const LABEL_WIDTH = 24;

/** One column for each model and taxonomy; below it, where labels differ. `lexical` tells of the embedded Bedrock. */
export function evaluationText(
  variants: readonly Variant[],
  sessions: number,
  screenWidth: number,
  lexical: boolean,
): string {
  const width = Math.max(16, Math.min(44, Math.floor((screenWidth - LABEL_WIDTH) / variants.length) - 1));
  const table = new Table({
    head: [counted(sessions, "session"), ...variants.map(titleOf)],
    colWidths: [LABEL_WIDTH, ...variants.map(() => width)],
    style: { head: [], border: [] },
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  const fields = [...new Set(variants.flatMap((variant) => variant.fields.map(({ field }) => field)))];
  const row = (name: string, cell: (variant: Variant) => string): void => {
    table.push([name, ...variants.map(cell)]);
  };
  for (const field of fields) row(safeText(field), (variant) => agreementOf(variant, field));
  row("without an answer", ({ refused }) => refusedOf(refused));
  row("tokens in a session", ({ inputTokens }) => String(Math.round(inputTokens / sessions)));
  row("tokens out a session", ({ outputTokens }) => String(Math.round(outputTokens / sessions)));
  row("USD for 1,000 sessions", ({ usdPer1000Sessions: usd }) => (usd === null ? "not known here" : usd.toFixed(2)));
  const notes = [
    `Prices are list prices of ${PRICES_OF}.`,
    ...(lexical ? ["The embedded Bedrock labels by rules; only a real model is worth a comparison."] : []),
  ];
  return [table.toString(), ...variants.flatMap(confusionsOf), notes.join("\n")].join("\n");
}

function titleOf({ model, taxonomy }: Variant): string {
  return `${safeText(model)}\n${taxonomy === undefined ? "built-in labels" : safeText(path.basename(taxonomy))}`;
}

function agreementOf({ fields }: Variant, field: string): string {
  const found = fields.find((own) => own.field === field);
  if (found === undefined) return "";
  const { agreeing, compared } = found;
  return `${agreeing} of ${compared} (${Math.round((agreeing / compared) * 100)} %)`;
}

function refusedOf(refused: Variant["refused"]): string {
  const all = Object.entries(refused).map(([code, count]) => `${count} ${code}`);
  return all.length === 0 ? "0" : all.join(", ");
}

function confusionsOf(variant: Variant): readonly string[] {
  const lines = variant.fields.flatMap(({ field, confusions }) => {
    const shown = confusions.slice(0, MAX_CONFUSIONS).map(({ expected, got, count }) => {
      const [wanted, found] = [expected, got].map((label) => shortened(safeText(label), 40));
      return `  ${String(count).padStart(4)}  ${safeText(field)}: ${wanted}, not ${found}`;
    });
    const more = confusions.length - shown.length;
    return more > 0 ? [...shown, `        and ${more} other pairs of ${safeText(field)}`] : shown;
  });
  if (lines.length === 0) return [];
  return [`Expected, but not given by ${titleOf(variant).replace("\n", " with ")}:`, ...lines, ""];
}
