/** Receipts of erasures: they are kept outside the domain, so that a snapshot which is restored can be erased again. */
import { z } from "zod";
import { JobError } from "../../chat/errors";
import type { SmallFiles } from "../../io/files/small-files";

const COUNTS = z.object({ documents: z.int(), deadLetters: z.int(), alerts: z.int(), pending: z.int() });

const RECEIPT = z.object({
  version: z.literal(1),
  index: z.string(),
  /** Stands for the session key; nothing in a receipt tells the key. */
  keyHash: z.string(),
  erasedBefore: z.iso.datetime(),
  by: z.string(),
  begunAt: z.iso.datetime(),
  /** Missing while the erasure is under way, or when it was killed. */
  endedAt: z.iso.datetime().optional(),
  /** Missing as long as the end is. */
  erased: COUNTS.optional(),
  /** Erasures repeated after snapshots were restored. */
  reapplied: z.array(z.object({ at: z.iso.datetime(), by: z.string(), erased: COUNTS })).optional(),
});

/** Record of an erasure: of whom, how much, when, and by whom. */
export type Receipt = z.infer<typeof RECEIPT>;

/** Overwrites the receipt of the same erasure. */
export async function putReceipt(files: SmallFiles, receipt: Receipt): Promise<void> {
  const { erasedBefore, keyHash } = receipt;
  const name = `${erasedBefore.replaceAll(/[-:.]/g, "")}-${keyHash}.json`;
  await files.put(name, `${JSON.stringify(receipt, undefined, 2)}\n`);
}

/** Rejects with BAD_OPTION for a file that is no receipt: a key might otherwise be missed. */
export async function readReceipts(files: SmallFiles): Promise<readonly Receipt[]> {
  return (await files.all()).map(([name, text]) => {
    try {
      return RECEIPT.parse(JSON.parse(text));
    } catch (cause) {
      throw new JobError("BAD_OPTION", `"${name}" among the receipts is none: move it elsewhere, or mend it.`, {
        cause,
      });
    }
  });
}
