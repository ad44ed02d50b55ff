/** The file of users: a line each, `<name>:<hash of the password>`. */
import { JobError } from "../../chat/errors";
import { FreshFiles } from "./fresh-file";
import { type PasswordHash, parsePasswordHash } from "./passwords";
import { nameOf } from "./sign-in";

export const USERS_FLAG = "--page-users";

export type Users = ReadonlyMap<string, PasswordHash>;

/**
 * The users of a file, as they are whenever they are asked for; none once it was deleted. Throws `JobError` BAD_OPTION.
 */
export function usersIn(file: string): FreshFiles<Users> {
  const files = [{ file, flag: USERS_FLAG, advice: HOW }];
  return new FreshFiles<Users>(files, ([text = ""]) => parseUsers(text, file), new Map());
}

/** Throws `JobError` BAD_OPTION for a file that lets nobody in, which a page is not begun with. */
export function checkUsers(file: string): void {
  if (usersIn(file).value().size === 0) throw refusal(file, `there is no user in it: ${HOW}.`);
}

/**
 * Reads the file's text, which may have no user. Throws `JobError` BAD_OPTION, whose sentence names a line by its
 * number.
 */
export function parseUsers(text: string, file: string): Users {
  const users = new Map<string, PasswordHash>();
  for (const [place, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [name, written] = halves(line);
    const hash = parsePasswordHash(written.trim());
    if (userName(name) === undefined || hash === undefined) {
      throw refusal(file, `line ${place + 1} is not a user: ${HOW}.`);
    }
    if (users.has(name)) throw refusal(file, `line ${place + 1} has a user again: keep one line for each.`);
    users.set(name, hash);
  }
  return users;
}

/** The text with this user's line, which takes the place of an older one. */
export function withUser(text: string, name: string, hash: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  const place = lines.findIndex((line) => !line.startsWith("#") && halves(line)[0] === name);
  lines.splice(place === -1 ? lines.length : place, place === -1 ? 0 : 1, `${name}:${hash}`);
  return `${lines.join("\n")}\n`;
}

/** The name as it is compared; undefined for one that a line cannot hold. */
export function userName(given: string): string | undefined {
  const name = nameOf(given)?.normalize("NFC");
  return name === undefined || /[:\s]|^#/.test(name) ? undefined : name;
}

function halves(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return colon === -1 ? [line, ""] : [line.slice(0, colon).normalize("NFC"), line.slice(colon + 1)];
}

const HOW = "npm run page -- user <name> --page-users <file> writes a user's line";

function refusal(file: string, sentence: string): JobError {
  return new JobError("BAD_OPTION", `${USERS_FLAG} ${file}: ${sentence}`);
}
