/** The folder for things that are built or fetched once and used by every later run. */
import { homedir } from "node:os";
import path from "node:path";

/** Environment variable that moves an installed package's cache out of the user's cache folder. */
const VARIABLE = "BEAM_STREAMING_CACHE";

/**
 * True in a checkout, which runs the TypeScript sources and keeps its cache inside itself. An installed package must
 * not write into node_modules.
 */
const IS_CHECKOUT = path.extname(__filename) === ".ts";

/** Returns an absolute path, which may not exist yet. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env, isCheckout = IS_CHECKOUT): string {
  if (isCheckout) return path.resolve(__dirname, "../../../.local");
  const { [VARIABLE]: own, XDG_CACHE_HOME: caches } = environment;
  if (own !== undefined && own !== "") return path.resolve(own);
  // The specification says to ignore an empty or relative path:
  // https://specifications.freedesktop.org/basedir-spec/latest/
  return path.join(
    caches !== undefined && path.isAbsolute(caches) ? caches : path.join(homedir(), ".cache"),
    "beam-streaming",
  );
}
