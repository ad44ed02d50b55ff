/** Format, style and types; `npm run format` mends the first. */
import { runTool } from "./node-tool";

runTool("prettier/bin/prettier.cjs", ["--check", "--log-level", "warn", "."]);
runTool("eslint/bin/eslint.js", ["."]);
runTool("typescript/bin/tsc", ["-p", "."]);
