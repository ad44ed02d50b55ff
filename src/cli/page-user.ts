/** `npm run page -- user <name>`: writes a user's line with a hash of the password. */
import { accessSync, constants, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { JobError } from "../chat/errors";
import { hashPassword } from "../page/auth/passwords";
import { parseUsers, USERS_FLAG, userName, withUser } from "../page/auth/users-file";
import { changeFile } from "./change-file";

/** NIST SP 800-63B asks for 15 where a password is all that there is; its length is what counts. */
const MIN_PASSWORD_LENGTH = 15;
const MAX_PASSWORD_LENGTH = 256;

/**
 * Asks for the password, on a terminal twice and without showing it, and writes the user's line, in the place of an
 * older one. The password is in no argument, which other accounts could read. Rejects with BAD_OPTION.
 */
export async function writePageUser(
  [action = "", given = "", ...rest]: readonly string[],
  file: string | undefined,
  say: (line: string) => void,
): Promise<string> {
  if (action !== "user") throw refusal(`"${action.slice(0, 60)}" is not known here: say user <name>, or nothing.`);
  const name = userName(given);
  if (name === undefined || rest.length > 0) throw refusal("Give one name, without spaces and colons: user <name>.");
  if (file === undefined) throw refusal(`user ${name} needs ${USERS_FLAG}, the file to write the user into.`);
  // Nobody types a password in vain.
  checkFolder(file);
  usersTextIn(file);
  const hash = await hashPassword(await askPassword(name, say));
  await changeFile(file, `${USERS_FLAG} ${file}`, () => withUser(usersTextIn(file), name, hash));
  return `${name} is in ${file}. A page that is served with it and may read it knows the user within seconds.\n`;
}

function checkFolder(file: string): void {
  const folder = path.dirname(path.resolve(file));
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const sentence = `${USERS_FLAG} ${file}: the folder ${folder} is not there, or cannot be written.`;
    throw new JobError("BAD_OPTION", sentence, { cause });
  }
}

function usersTextIn(file: string): string {
  const text = textIn(file);
  parseUsers(text, file);
  return text;
}

function textIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new JobError("BAD_OPTION", `${USERS_FLAG} ${file} cannot be read.`, { cause });
  }
}

async function askPassword(name: string, say: (line: string) => void): Promise<string> {
  const { stdin } = process;
  // A sink takes the echo, so that no password shows.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY });
  try {
    const read = lines[Symbol.asyncIterator]();
    const next = async (sentence: string): Promise<string> => {
      if (stdin.isTTY) say(sentence);
      return ((await read.next()) as { readonly value?: string }).value ?? "";
    };
    const password = await next(`Password of ${name}, of ${MIN_PASSWORD_LENGTH} characters or more:`);
    if (password.length < MIN_PASSWORD_LENGTH || password.length > MAX_PASSWORD_LENGTH) {
      throw refusal(`A password has ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters.`);
    }
    if (stdin.isTTY && (await next("The same again:")) !== password) throw refusal("The two passwords differ.");
    return password;
  } finally {
    lines.close();
  }
}

function refusal(sentence: string): JobError {
  return new JobError("BAD_OPTION", sentence);
}
