/** Changes a file that others read and change at the same time. */
import { closeSync, fchmodSync, fchownSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type BackOff, retrying, unlessAnswered } from "../beam/retry";
import { JobError } from "../chat/errors";

/** A change takes milliseconds; a command that was killed within them leaves its file for ever. */
const MAX_WAIT_MS = 5_000;
const BACK_OFF: BackOff = { baseMs: 5, capMs: 50, jitter: 0.5 };

/**
 * Puts what `changed` returns in the place of the file: readers find the former content or all of the new one. The new
 * file under its own name keeps other commands waiting, so `changed` sees what they wrote. `named` is the file as
 * errors name it. Rejects with BAD_OPTION, and as `changed` throws.
 */
export async function changeFile(file: string, named: string, changed: () => string): Promise<void> {
  const unfinished = `${file}.new`;
  const descriptor = await openAlone(unfinished, named);
  let content: string | undefined;
  try {
    try {
      content = changed();
      writeFileSync(descriptor, content);
      keepRights(descriptor, file);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw content === undefined ? cause : notWritten(named, cause);
  }
}

async function openAlone(unfinished: string, named: string): Promise<number> {
  return retrying(
    // Whoever may write the folder cannot have laid a link there.
    async () => openSync(unfinished, "wx", 0o600),
    unlessAnswered((error) =>
      (error as NodeJS.ErrnoException).code === "EEXIST"
        ? { kind: "again", why: "another command writes the file" }
        : { kind: "fatal", error: notWritten(named, error) },
    ),
    {
      backOff: BACK_OFF,
      bounds: {
        maxDurationMs: MAX_WAIT_MS,
        giveUp({ error: cause }) {
          const sentence = `${named} is being written by another command: try again, or delete ${unfinished} where none runs.`;
          throw new JobError("BAD_OPTION", sentence, { cause });
        },
      },
    },
  );
}

function notWritten(named: string, cause: unknown): JobError {
  const { code } = cause as NodeJS.ErrnoException;
  return new JobError("BAD_OPTION", `${named} cannot be written (${code}).`, { cause });
}

/** Gives the new file owner, group and mode of the former one, so that other accounts still read it. */
function keepRights(descriptor: number, file: string): void {
  const former = statSync(file, { throwIfNoEntry: false });
  if (former === undefined) return;
  try {
    fchownSync(descriptor, former.uid, former.gid);
    fchmodSync(descriptor, former.mode & 0o777);
  } catch {
    // An account that owns neither: for another group, the former mode could let others read.
  }
}
