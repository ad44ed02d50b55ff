/** Formats every file alike. */
import { spawnSync } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..");
const PRETTIER = path.join(ROOT, "node_modules/prettier/bin/prettier.cjs");

const { status } = spawnSync(process.execPath, [PRETTIER, "--write", "--log-level", "warn", "."], {
  cwd: ROOT,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
