/** Starts of objects that are tried: they bound the work on a text full of braces, which is linear for each start. */
const MAX_STARTS = 20;

/**
 * The complete JSON objects in a model's text, in order: alone, in a code fence, or among prose. None inside of
 * another.
 */
export function* jsonObjects(text: string): Generator<Record<string, unknown>> {
  let start = text.indexOf("{");
  for (let tried = 0; start >= 0 && tried < MAX_STARTS; tried++) {
    const end = endOfObject(text, start);
    const parsed = end === undefined ? undefined : parseObject(text.slice(start, end));
    if (parsed !== undefined) yield parsed;
    start = text.indexOf("{", parsed === undefined ? start + 1 : end);
  }
}

/**
 * Index behind the brace that closes the one at `start`, braces inside of strings aside; undefined when it stays open.
 */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const char = text[index];
    if (inString) {
      if (char === "\\") index++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return index + 1;
  }
  return undefined;
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    // Some models write raw line breaks inside of strings, which JSON forbids; as spaces they are harmless.
    return JSON.parse(json.replace(/[\u0000-\u001f]/g, " ")) as Record<string, unknown>; // eslint-disable-line no-control-regex -- exactly these
  } catch {
    return undefined;
  }
}
