/** Values that a policy forbids, planted in every field of records, and the places where they could come out. */
import type { JobTargets } from "../chat/job";

/** By entity; none of them is anybody's. */
export const CANARIES = {
  card: "4111 1111 1111 1111",
  email: "canary.bird@example.com",
  phone: "+49 30 8765432",
  iban: "DE89 3704 0044 0532 0130 00",
  credential: "AKIAIOSFODNN7EXAMPLE",
} as const;
const VALUES: readonly string[] = Object.values(CANARIES);
const ALL = VALUES.join(", ");

/** A canary as it is, without spaces, and as base64 of any alignment has it. */
const FORMS = VALUES.flatMap((value) => {
  const forms = [value, value.replaceAll(" ", "")];
  return [...forms, ...forms.flatMap(base64Forms)];
});

function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from("x".repeat(before) + text).toString("base64");
    // The first and last characters depend on what stands around the text.
    return encoded.slice(before === 0 ? 0 : 4, -4);
  });
}

/** The canaries in a text or in bytes, with what stands before them. */
export function canariesIn(where: string, content: string | Uint8Array): readonly string[] {
  const text = typeof content === "string" ? content : Buffer.from(content).toString("latin1");
  return FORMS.flatMap((form) => {
    const at = text.indexOf(form);
    return at < 0 ? [] : [`${where}: …${text.slice(Math.max(0, at - 60), at + form.length)}`];
  });
}

/** Records with canaries in every field: messages, and what cannot be one for each reason that a record has. */
export function canaryRecords(nowMs: number): readonly string[] {
  const message = (own: object): string => JSON.stringify({ userId: "u1", content: "hello", timestamp: nowMs, ...own });
  const messages = VALUES.flatMap((value, index) => [
    message({ content: `my own is ${value}, thanks`, messageId: `plain-${index}`, timestamp: nowMs + index }),
    message({ content: "in an id", messageId: `id ${value}`, timestamp: nowMs + index }),
    message({ content: "in an attribute", meta: { channel: value }, timestamp: nowMs + index }),
    message({ content: "in a role", role: value, timestamp: nowMs + index }),
    message({ content: "in an unknown field", other: { [value]: value }, timestamp: nowMs + index }),
  ]);
  const bad = [
    `{"userId":"u1","content":"${ALL}"`,
    JSON.stringify([ALL]),
    message({ userId: { [ALL]: ALL } }),
    message({ content: { text: ALL } }),
    message({ content: ALL, timestamp: `on the ${ALL}` }),
    message({ content: ALL, timestamp: nowMs - 400 * 86_400_000 }),
    message({ content: `${ALL} ${"x".repeat(5_000)}` }),
    message({ content: ALL, role: `${ALL} ${ALL}` }),
  ];
  return [...messages, ...bad];
}

/** Everything that the indexes of a job hold, with payloads as they were before base64. */
export async function indexed({ openSearch, index }: Pick<JobTargets, "openSearch" | "index">): Promise<string> {
  await fetch(`${openSearch}/_refresh`, { method: "POST" });
  const answer = await fetch(`${openSearch}/${index},${index}-*/_search?size=10000`);
  const text = await answer.text();
  const payloads = [...text.matchAll(/"payload":"([^"]*)"/g)].map((match) => Buffer.from(match[1]!, "base64"));
  return [text, ...payloads.map((payload) => payload.toString("latin1"))].join("\n");
}
