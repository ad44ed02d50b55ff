/** Where this layer keeps what it has built or fetched once, for every later run. */
import { homedir } from "node:os";
import path from "node:path";

/** Of a package, when it is to be elsewhere than with the user's other caches. */
const VARIABLE = "BEAM_STREAMING_CACHE";

/** A checkout, which runs its sources, keeps everything in itself; an installed package must not write into node_modules. */
const IS_CHECKOUT = path.extname(__filename) === ".ts";

/** An absolute path, which may not exist yet. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env, isCheckout = IS_CHECKOUT): string {
  if (isCheckout) return path.resolve(__dirname, "../../../.local");
  const { [VARIABLE]: own, XDG_CACHE_HOME: caches } = environment;
  if (own !== undefined && own !== "") return path.resolve(own);
  // An empty or a relative path is none: https://specifications.freedesktop.org/basedir-spec/latest/
  return path.join(
    caches !== undefined && path.isAbsolute(caches) ? caches : path.join(homedir(), ".cache"),
    "beam-streaming",
  );
}
