/** The taxonomy of the documentation's example. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseTaxonomy } from "../../../src/chat/steps/summaries/parse-taxonomy";

export const RETAIL_FILE = path.resolve(__dirname, "../../../docs/examples/retail.json");
export const RETAIL_JSON = readFileSync(RETAIL_FILE, "utf8");
export const RETAIL = parseTaxonomy(RETAIL_JSON, "retail.json");
