import { listInputs } from "../../io/files/check";
import { openFirst } from "../../io/files/first-record";
import type { ListedFile } from "../../io/files/settings";
import type { Input } from "../../options";
import type { PipelineSettings } from "../../pipeline";
import { examine, type Finding, skipped } from "./finding";
import { outcomeOf } from "./record";

/** Lists the files as the job does, and reads one record; keeps nothing of it. */
export async function examineFiles(
  { addresses, s3 }: Input,
  { files: settings, messages }: PipelineSettings,
): Promise<readonly Finding[]> {
  let files: readonly ListedFile[] = [];
  const listed = await examine({ name: "files", expected: "files with content" }, async () => {
    files = await listInputs(addresses, s3);
    return { found: `${files.length} files`, facts: { bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) } };
  });
  const look = { name: "first record", expected: "a message that the job can read" };
  const [first] = files;
  if (first === undefined || settings === undefined) return [listed, skipped(look, "no file to read")];
  const read = await examine(look, async () => {
    const record = await openFirst(first, settings);
    return record === undefined ? { found: "no record in the first file" } : outcomeOf(record, messages);
  });
  return [listed, read];
}
