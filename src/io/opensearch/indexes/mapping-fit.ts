/** Whether an index that exists fits the documents, and what it lacks. Pure. */
import { embeddingOf, isSame } from "./index-embedding";
import type { FieldMapping } from "./mapping";

/**
 * The reasons why documents of `wanted` do not fit into an index with `existing` fields; empty when they do. Parameters
 * of analysis and of the k-NN graph may differ: they change how well things are found, not whether documents fit. A
 * field that is missing is no reason where it will be added (`mayLack`).
 */
export function misfits(
  wanted: Readonly<Record<string, FieldMapping>>,
  existing: Readonly<Record<string, FieldMapping>>,
  { mayLack = false, prefix = "" }: { readonly mayLack?: boolean; readonly prefix?: string } = {},
): string[] {
  return Object.entries(wanted).flatMap(([name, want]) => {
    const field = `${prefix}${name}`;
    const have = existing[name];
    if (have === undefined) return mayLack ? [] : [`it has no field "${field}"`];
    const [wantedType, haveType] = [typeOf(want), typeOf(have)];
    if (wantedType !== haveType) return [`field "${field}" is of type ${haveType}, not ${wantedType}`];
    if (want.dimension !== have.dimension) {
      return [
        `field "${field}" holds vectors of ${have.dimension} numbers, and the embedding model makes ${want.dimension}`,
      ];
    }
    return misfits(want.properties ?? {}, have.properties ?? {}, { mayLack, prefix: `${field}.` });
  });
}

/**
 * The fields that an index with `existing` ones lacks, at any depth, in the form that adds them: fields that are there
 * already appear only as the way to those below them.
 */
export function missingFields(
  wanted: Readonly<Record<string, FieldMapping>>,
  existing: Readonly<Record<string, FieldMapping>>,
): Record<string, FieldMapping> {
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, want]): [string, FieldMapping][] => {
      const have = existing[name];
      if (have === undefined) return [[name, want]];
      if (want.properties === undefined || typeOf(want) !== typeOf(have)) return [];
      const properties = missingFields(want.properties, have.properties ?? {});
      const { type } = want;
      return Object.keys(properties).length === 0
        ? []
        : [[name, type === undefined ? { properties } : { type, properties }]];
    }),
  );
}

/**
 * The reason why vectors of another model would not fit, by what both indexes tell; vectors of two models never
 * compare.
 */
export function embeddingMisfits(wanted: object | undefined, existing: object | undefined): string[] {
  const [want, have] = [embeddingOf(wanted), embeddingOf(existing)];
  if (want === undefined || have === undefined || isSame(want, have)) return [];
  return [
    `it holds vectors of ${have.model} (${have.dimension} numbers), and --embedding-model makes others (${want.model}, ${want.dimension} numbers)`,
  ];
}

/** A field without a type is an object. */
function typeOf(mapping: FieldMapping): string {
  return mapping.type ?? "object";
}
