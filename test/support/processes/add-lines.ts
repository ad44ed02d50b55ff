/**
 * Adds lines to a file one by one, as commands do that change it: `add-lines <file> <name> <count>`. Begins when its
 * standard input ends.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { changeFile } from "../../../src/cli/change-file";

async function addLines(file = "", name = "", count = "0"): Promise<void> {
  for (let line = 0; line < Number(count); line++) {
    await changeFile(file, "the file", () => `${readFileSync(file, "utf8")}${name} ${line}\n`);
    // Others wait for a file that is held again at once longer than they may.
    await sleep(1);
  }
}

process.stdout.write("ready");
process.stdin.resume().on("end", () => void addLines(...process.argv.slice(2)));
