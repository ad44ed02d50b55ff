import type { Stop } from "./host";

/** Messages for the person who stops a run. */
export const STOP_WORDS: Readonly<Record<Stop, string>> = {
  drain: "Stopping: what was read is finished first; Ctrl-C again ends at once.",
  savepoint: "Stopping: what is under way is kept in a savepoint; Ctrl-C again drops it.",
  cancel: "Stopping: what is under way is dropped, and what is still open is not written.",
  detach: "The job runs on without this command.",
};

/** Explains how to continue from the savepoint of a stop. `command` is the command that does. */
export function goOnWords(savepoint: string, command: string): string {
  return [
    `All that was under way is kept in ${savepoint}`,
    "To go on from there, with the same options:",
    `  ${command}`,
  ].join("\n");
}
