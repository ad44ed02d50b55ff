/** Which versions of OpenSearch can hold and search the job's vectors. Pure. */
import type { IndexSettings } from "../settings";

/** Dimensions that the engine lucene takes before `LUCENE_LARGE`. */
const LUCENE_SMALL_DIMENSION = 1_024;
/** Vectors of up to 16,000 numbers (k-NN pull request 1346). */
const LUCENE_LARGE = "2.12";
/** Filters while searching (k-NN, "Introduced 2.4"). */
const LUCENE_FILTERS = "2.4";
/** The cosine as a measure (k-NN pull request 2376); filters came before that. */
const FAISS_COSINE = "2.19";

/** One sentence when a new index with these settings would not work on this version; else undefined. */
export function tooOld(
  version: string,
  { engine, dimension }: Pick<IndexSettings, "engine" | "dimension">,
): string | undefined {
  if (engine === "faiss") {
    if (isAtLeast(version, FAISS_COSINE)) return undefined;
    return `OpenSearch ${version} cannot compare vectors by their cosine with the k-NN engine faiss, which needs ${FAISS_COSINE}: leave --knn-engine out, or upgrade.`;
  }
  if (!isAtLeast(version, LUCENE_FILTERS))
    return `OpenSearch ${version} cannot filter a search by vectors, which needs ${LUCENE_FILTERS}: upgrade, or use another endpoint.`;
  if (dimension <= LUCENE_SMALL_DIMENSION || isAtLeast(version, LUCENE_LARGE)) return undefined;
  return `OpenSearch ${version} takes vectors of at most ${LUCENE_SMALL_DIMENSION} numbers with the k-NN engine lucene, and the embedding model makes ${dimension}, which needs ${LUCENE_LARGE}: upgrade, or use an embedding model of at most ${LUCENE_SMALL_DIMENSION} dimensions.`;
}

function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
