import type { IndexAccess } from "./index-access";
import type { LedgerDocument } from "../ledgers/ledger";

/** Times before which what these keys sent is erased, by the keys' hashes, read in real time; none for the others. */
export async function readErasures(
  access: Pick<IndexAccess, "get">,
  keyHashes: readonly string[],
  ledgerIndex: string,
): Promise<ReadonlyMap<string, number>> {
  const hashes = [...new Set(keyHashes)];
  const found = await access.get<Pick<LedgerDocument, "erasedBefore">>(ledgerIndex, hashes, ["erasedBefore"]);
  return new Map(
    hashes.flatMap((hash, place) => {
      const erasedBefore = found[place]?.source.erasedBefore;
      return erasedBefore === undefined ? [] : [[hash, Date.parse(erasedBefore)] as const];
    }),
  );
}
