import { deleteOperation } from "../requests/bulk";
import type { IndexAccess } from "./index-access";

/** Deletes documents, unless somebody changes them meanwhile. Resolves with the ids of those that it deleted. */
export async function deleteAll(
  access: Pick<IndexAccess, "get" | "send">,
  index: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = await access.get(index, ids, "none");
  const there = found.flatMap((document) => (document === undefined ? [] : [document]));
  const outcomes = await access.send(
    index,
    there.map(({ id, version }) => deleteOperation(id, version)),
  );
  return new Set(there.flatMap(({ id }, place) => (outcomes[place]!.stored ? [id] : [])));
}
