/** Dead letters as documents, and back. Pure. */
import type { DeadLetterCode } from "../../../chat/errors";
import type { DeadLetter, RecordPosition } from "../../../chat/model";
import { keyName, publicKeyOf, seal } from "../../../chat/privacy/seal";
import type { Stage } from "../../../chat/stages";
import { deadLetterId } from "../../../chat/steps/documents/document";
import { type BulkOperation, indexOperation } from "../requests/bulk";
import type { LetterPolicy } from "../settings";

/**
 * Base64 makes 9.4 MiB of it, so a letter fits a request even where requests, like records, may have at most 10 MiB.
 */
export const PAYLOAD_CHUNK_BYTES = 7_340_032;

/** Times are ISO 8601, UTC; the payload's first chunk is base64. */
export interface DeadLetterDocument {
  readonly id: string;
  readonly code: DeadLetterCode;
  readonly stage: Stage;
  readonly reason: string;
  readonly kind: DeadLetter["kind"];
  readonly payload: string;
  readonly payloadBytes: number;
  /** Number of documents that hold the payload: this one, and `<id>.1`, `<id>.2` … when it is larger than a chunk. */
  readonly chunkCount: number;
  readonly messageCount: number;
  readonly position: RecordPosition;
  readonly time: string;
  readonly writtenAt: string;
  /** Number of times that the letter was tried: 1, and one more for each redrive that failed. */
  readonly attempts: number;
  /** Missing where the payload is whole. */
  readonly truncated?: true;
  /** As `LetterSubject`; missing where the record does not tell. */
  readonly sessionKeyHash?: string;
  readonly userHashes?: readonly string[];
  /** Name of the key that the payload is sealed for; missing: it is as it was. */
  readonly sealedFor?: string;
  /** True where the payload was dropped by policy. */
  readonly isDropped?: true;
}

/** The content of a letter as its document has it. */
type Kept = Pick<DeadLetterDocument, "sealedFor" | "isDropped"> & { readonly payload: Uint8Array };

/** Keeps content by the policy. */
export function keeperOf(policy: LetterPolicy | undefined): (payload: Uint8Array, id: string) => Kept {
  if (policy === undefined) return (payload) => ({ payload });
  if (policy.kind === "drop") return () => ({ payload: new Uint8Array(), isDropped: true });
  const key = publicKeyOf(policy.publicKey);
  const sealedFor = keyName(key);
  return (payload, id) => ({ payload: seal(payload, id, key), sealedFor });
}

/** The letter's own document comes last, so that a letter which can be seen is whole. */
export function deadLetterOperations(
  letter: DeadLetter,
  writtenAtMs: number,
  keep: ReturnType<typeof keeperOf> = keeperOf(undefined),
): BulkOperation[] {
  const id = deadLetterId(letter);
  const { sessionKeyHash, userHashes } = letter.subject ?? {};
  const hashes = {
    ...(sessionKeyHash === undefined ? {} : { sessionKeyHash }),
    ...(userHashes === undefined ? {} : { userHashes }),
  };
  const { payload, ...how } = keep(letter.payload, id);
  const chunks = payloadChunks(payload);
  const document: DeadLetterDocument = {
    id,
    code: letter.code,
    stage: letter.stage,
    reason: letter.reason,
    kind: letter.kind,
    payload: chunks[0] ?? "",
    payloadBytes: payload.length,
    chunkCount: Math.max(1, chunks.length),
    messageCount: letter.messageCount,
    position: letter.position,
    time: new Date(letter.timestampMs).toISOString(),
    writtenAt: new Date(writtenAtMs).toISOString(),
    attempts: 1,
    ...(letter.isTruncated === true ? { truncated: true } : {}),
    ...hashes,
    ...how,
  };
  // A chunk that a kill leaves without its letter grows old, and is erased, by itself.
  const { kind, time, writtenAt } = document;
  const chunk = { chunkOf: id, kind, time, writtenAt, ...hashes };
  const further = chunks
    .slice(1)
    .map((payload, index) => indexOperation(chunkId(id, index + 1), JSON.stringify({ ...chunk, payload })));
  return [...further, indexOperation(id, JSON.stringify(document))];
}

function chunkId(id: string, chunk: number): string {
  return chunk === 0 ? id : `${id}.${chunk}`;
}

/** All document ids that a letter may occupy. */
export function chunkIds(document: Pick<DeadLetterDocument, "id" | "chunkCount">): string[] {
  return Array.from({ length: document.chunkCount }, (_, chunk) => chunkId(document.id, chunk));
}

export function letterOf(document: DeadLetterDocument, payloads: readonly string[]): DeadLetter {
  const { sessionKeyHash, userHashes } = document;
  const keyed = sessionKeyHash === undefined ? {} : { sessionKeyHash };
  return {
    code: document.code,
    stage: document.stage,
    reason: document.reason,
    kind: document.kind,
    payload: Buffer.concat(payloads.map((payload) => Buffer.from(payload, "base64"))),
    messageCount: document.messageCount,
    position: document.position,
    timestampMs: Date.parse(document.time),
    ...(userHashes === undefined ? {} : { subject: { ...keyed, userHashes } }),
    ...(document.truncated === true ? { isTruncated: true } : {}),
  };
}

function payloadChunks(payload: Uint8Array): string[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const chunks: string[] = [];
  for (let from = 0; from < bytes.length; from += PAYLOAD_CHUNK_BYTES) {
    chunks.push(bytes.subarray(from, from + PAYLOAD_CHUNK_BYTES).toString("base64"));
  }
  return chunks;
}
