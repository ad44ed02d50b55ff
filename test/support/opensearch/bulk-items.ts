/** Refuses some items of an OpenSearch bulk request with 429 and lets the server do the others. */
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { buffer, json } from "node:stream/consumers";

interface Item {
  readonly action: string;
  readonly lines: readonly string[];
}

type Forward = (finish: (answer: IncomingMessage) => void) => ClientRequest;

/** Every n-th item is refused, so that a single-item bulk passes sooner or later. */
export async function refuseBulkItems(
  fraction: number,
  request: IncomingMessage,
  response: ServerResponse,
  forward: Forward,
): Promise<void> {
  const items = parseItems((await buffer(request)).toString());
  const refused = items.map((_, index) => Math.floor((index + 1) * fraction) > Math.floor(index * fraction));
  const passed = items.filter((_, index) => !refused[index]);
  const done = passed.length === 0 ? [] : await bulk(passed, forward);
  const answers = items.map((item, index) => (refused[index] ? rejection(item) : done.shift()));
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ took: 1, errors: true, items: answers }));
}

function parseItems(body: string): Item[] {
  const lines = body.split("\n").filter((line) => line !== "");
  const items: Item[] = [];
  for (let index = 0; index < lines.length;) {
    const action = Object.keys(JSON.parse(lines[index]!) as object)[0]!;
    const length = action === "delete" ? 1 : 2;
    items.push({ action, lines: lines.slice(index, index + length) });
    index += length;
  }
  return items;
}

function bulk(items: readonly Item[], forward: Forward): Promise<unknown[]> {
  const body = Buffer.from(items.flatMap(({ lines }) => lines).join("\n") + "\n");
  return new Promise((resolve, reject) => {
    const sent = forward((answer) => {
      json(answer).then((value) => resolve((value as { items: unknown[] }).items), reject);
    });
    sent.setHeader("content-length", body.length);
    sent.on("error", reject).end(body);
  });
}

function rejection({ action, lines }: Item): unknown {
  const target = (JSON.parse(lines[0]!) as Record<string, { _index?: string; _id?: string }>)[action]!;
  const error = { type: "rejected_execution_exception", reason: "rejected execution of coordinating operation" };
  return { [action]: { _index: target._index, _id: target._id, status: 429, error } };
}
