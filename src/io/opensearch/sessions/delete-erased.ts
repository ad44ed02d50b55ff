/** Deletes documents of what was erased that a writer who was under way then, and was killed, has left. */
import type { Ledger } from "../../../chat/plan";
import type { HeldDocument } from "../../../chat/steps/documents/held-document";
import { deleteOperation } from "../requests/bulk";
import { type IndexAccess, presentIds } from "../writing/index-access";
import { ledgerOperation, withoutEntries } from "../ledgers/ledger";

/** A session key's ledger and documents as they were read. */
interface Read {
  readonly session: { readonly sessionKey: string };
  readonly ledger: Ledger;
  readonly documents: readonly HeldDocument[];
}

/** The readings without these documents; they stay within reach, as documents that are not there. */
export async function deleteErased<R extends Read>(
  access: IndexAccess,
  readings: readonly R[],
  { index, ledgerIndex }: { readonly index: string; readonly ledgerIndex: string },
): Promise<readonly R[]> {
  const rest = readings.map((reading) => withoutErasedDocuments(reading));
  const left = readings.flatMap((reading, place) => {
    const kept = rest[place]!.documents;
    return kept.length === reading.documents.length ? [] : [{ reading, kept }];
  });
  if (left.length === 0 || !access.canWrite) return rest;
  const leaving = left.map(({ reading, kept }) => reading.documents.filter((document) => !kept.includes(document)));
  await access.send(
    index,
    leaving.flat().map(({ id, version }) => deleteOperation(id, version)),
  );
  const there = await presentIds(access, index, leaving.flat());
  // Whoever changes a ledger meanwhile may: its entries without documents leave it later.
  await access.send(
    ledgerIndex,
    left.map(({ reading: { session, ledger } }, place) => {
      const gone = new Set(leaving[place]!.flatMap(({ id }) => (there.has(id) ? [] : [id])));
      const entries = withoutEntries(
        ledger.entries,
        ledger.entries.filter(({ id }) => gone.has(id)),
      );
      return ledgerOperation(session.sessionKey, ledger, entries);
    }),
  );
  return rest;
}

/** Such a document began before its key was erased, and none that was written since did. */
export function withoutErasedDocuments<R extends Read>(reading: R): R {
  const { erasedBeforeMs } = reading.ledger;
  if (erasedBeforeMs === undefined) return reading;
  return {
    ...reading,
    documents: reading.documents.filter(({ source }) => Date.parse(source.start) >= erasedBeforeMs),
  };
}
