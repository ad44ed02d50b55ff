/**
 * Kind of a data folder's vectors by the embedded Bedrock. It is chosen once, before the first document: vectors of two
 * kinds cannot be compared, and an index holds them under the same model's name.
 */
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { JobError } from "../chat/errors";
import { makePrivateFolder, PRIVATE_FILE_MODE } from "../beam/process";

const KINDS = ["words", "words and meanings"] as const;
export type VectorKind = (typeof KINDS)[number];

/**
 * The number counts up when vectors of a kind change, so that those of an older program are not mixed with newer ones.
 */
const VECTORS = z.object({ version: z.literal(1), kind: z.enum(KINDS) });

export interface WantedVectors {
  readonly kind: VectorKind;
  /** True when somebody asked for it; without this, a folder keeps what it has. */
  readonly isGiven: boolean;
}

/**
 * The kind of this folder's vectors, which is fixed by this call if it was not before; without a wish nothing is fixed,
 * and vectors of a new folder know words. Rejects with BAD_OPTION when the
 * folder has another one than was asked for, or one that this program does not make.
 */
export async function settleVectors(dataDirectory: string, wanted?: WantedVectors): Promise<VectorKind> {
  const has = await vectorsOf(dataDirectory);
  if (wanted === undefined) return has ?? "words";
  if (has === undefined) {
    await makePrivateFolder(dataDirectory);
    await writeFile(fileOf(dataDirectory), JSON.stringify({ version: 1, kind: wanted.kind }), {
      mode: PRIVATE_FILE_MODE,
    });
    return wanted.kind;
  }
  if (wanted.isGiven && has !== wanted.kind) {
    throw new JobError(
      "BAD_OPTION",
      `The vectors in ${dataDirectory} know ${has}: leave --local-encoder and --no-local-encoder out, or remove the folder to begin anew.`,
    );
  }
  return has;
}

/** Undefined for a folder without an index. A folder of a program that had no encoder has words alone. */
async function vectorsOf(dataDirectory: string): Promise<VectorKind | undefined> {
  const text = await readFile(fileOf(dataDirectory), "utf8").catch(() => undefined);
  if (text === undefined) {
    const isOld = await stat(path.join(dataDirectory, "opensearch-data")).then(
      () => true,
      () => false,
    );
    return isOld ? "words" : undefined;
  }
  try {
    return VECTORS.parse(JSON.parse(text)).kind;
  } catch (cause) {
    const sentence = `The vectors in ${dataDirectory} are of another version of this program: remove the folder to begin anew.`;
    throw new JobError("BAD_OPTION", sentence, { cause });
  }
}

function fileOf(dataDirectory: string): string {
  return path.join(dataDirectory, "vectors.json");
}
