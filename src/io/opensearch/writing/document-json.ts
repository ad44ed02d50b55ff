import type { SessionDocument } from "../../../chat/steps/documents/document";

/**
 * Writes the document as JSON text. Vectors are most of it: nine significant digits give back every 32-bit float, which
 * is the precision of the index, in two thirds of the bytes of a double.
 */
export function documentJson({ embedding, ...fields }: Partial<SessionDocument>): string {
  const head = JSON.stringify(fields);
  if (embedding === undefined) return head;
  return `${head.slice(0, -1)},"embedding":${vectorJson(embedding)}}`;
}

function vectorJson(vector: readonly number[]): string {
  let json = "[";
  for (const [index, component] of vector.entries()) {
    if (index > 0) json += ",";
    json += component === 0 ? "0" : Number.isFinite(component) ? component.toPrecision(9) : "null";
  }
  return `${json}]`;
}
