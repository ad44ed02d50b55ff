/** Gives every file the one format. */
import { runTool } from "./node-tool";

runTool("prettier/bin/prettier.cjs", ["--write", "--log-level", "warn", "."]);
