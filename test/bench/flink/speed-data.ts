/**
 * The chat of the speed benchmark as files of JSON lines, and the proof that sessions made of it are right.
 *
 * Users chat in sessions of 10 to 30 messages, 1 to 120 s apart; 6 to 66 minutes lie between a user's sessions. All
 * messages of a user are in one of four files, in order of time, as in a stream of four shards keyed by user.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Random, randomOf } from "../../support/random";

export const GAP_MS = 300_000;
/** By which a message may lie behind the newest one: more than any does. */
export const DISORDER_MS = 5_000;
const SESSIONS_PER_USER = 10;
const PARTS = 4;
const START_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const CONTENT_CHARACTERS = 112;
const WORDS =
  "the of and a to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part".split(
    " ",
  );

/** The result of a session; the text's hash stands for the text. */
export interface SessionRecord {
  readonly userId: string;
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly sha1: string;
}

export interface Expected {
  readonly messages: number;
  readonly sessions: number;
  /** Checksum of all session records, in any order. */
  readonly checksum: string;
}

interface Line {
  readonly userId: string;
  readonly messageId: string;
  readonly content: string;
  readonly timestamp: number;
}

/** Writes `part-0.jsonl` … `part-3.jsonl` and returns the expected result. */
export async function writeChat(folder: string, users: number): Promise<Expected> {
  await mkdir(folder, { recursive: true });
  const sum = new Checksum();
  let messages = 0;
  for (let part = 0; part < PARTS; part++) {
    const lines: Line[] = [];
    for (let user = part; user < users; user += PARTS) {
      for (const session of chatOf(user)) {
        sum.add(sessionRecord(`u${user}`, session));
        lines.push(...session);
      }
    }
    lines.sort((one, other) => one.timestamp - other.timestamp || (one.messageId < other.messageId ? -1 : 1));
    messages += lines.length;
    await writeFile(path.join(folder, `part-${part}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
  return { messages, sessions: users * SESSIONS_PER_USER, checksum: sum.hex };
}

/** The sessions of one user, which depend on nothing else. */
function chatOf(user: number): Line[][] {
  const random = randomOf(user);
  let timestamp = START_MS + random.int(0, HOUR_MS);
  let messages = 0;
  return Array.from({ length: SESSIONS_PER_USER }, () => {
    const lines = Array.from({ length: random.int(10, 30) }, (_, index): Line => {
      if (index > 0) timestamp += random.int(1_000, 120_000);
      const messageId = `m${user}-${String(messages++).padStart(3, "0")}`;
      return { userId: `u${user}`, messageId, content: text(random), timestamp };
    });
    timestamp += GAP_MS + random.int(60_000, HOUR_MS);
    return lines;
  });
}

function text(random: Random): string {
  let words = "";
  while (words.length < CONTENT_CHARACTERS) words += `${random.pick(WORDS)} `;
  return words.trimEnd();
}

/** Summarises a session; `messages` are in order. */
export function sessionRecord(
  userId: string,
  messages: readonly { readonly content: string; readonly timestamp: number }[],
): SessionRecord {
  return {
    userId,
    start: messages[0]!.timestamp,
    end: messages.at(-1)!.timestamp,
    count: messages.length,
    sha1: createHash("sha1")
      .update(messages.map(({ content }) => content).join("\n"))
      .digest("hex"),
  };
}

/** Reads a run's output: one record a line in any file that ends in `.jsonl`. */
export async function readSessions(folder: string): Promise<Expected> {
  const sum = new Checksum();
  let messages = 0;
  let sessions = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".jsonl")) continue;
    for (const line of (await readFile(path.join(folder, name), "utf8")).split("\n")) {
      if (line === "") continue;
      const record = JSON.parse(line) as SessionRecord;
      sum.add(record);
      messages += record.count;
      sessions++;
    }
  }
  return { messages, sessions, checksum: sum.hex };
}

/** A sum, so that the order of records does not matter, and a record twice differs from once. */
class Checksum {
  private sum = 0n;

  add({ userId, start, end, count, sha1 }: SessionRecord): void {
    const digest = createHash("sha1").update(`${userId}|${start}|${end}|${count}|${sha1}`).digest();
    this.sum = BigInt.asUintN(64, this.sum + digest.readBigUInt64BE(0));
  }

  get hex(): string {
    return this.sum.toString(16).padStart(16, "0");
  }
}
