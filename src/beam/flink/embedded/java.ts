/** Places of the Java in this layer. */
import path from "node:path";

export const RUNTIME = path.resolve(__dirname, "../../java");
export const LOG_SETTINGS = path.join(RUNTIME, "log4j2.properties");
