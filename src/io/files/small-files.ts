/** Small texts by name, in a folder of this machine or below a prefix of S3. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { JobError } from "../../chat/errors";
import { s3Client } from "./client";
import { tryAtStart } from "./keep-trying";
import type { InputAddress, S3Connection } from "./settings";

export interface SmallFiles {
  /** Puts the text in the place of what has the name, whole or not at all. */
  put(name: string, text: string): Promise<void>;
  /** Names and texts, by name. */
  all(): Promise<readonly (readonly [name: string, text: string])[]>;
  close(): void;
}

export function smallFiles(at: InputAddress, connection: S3Connection): SmallFiles {
  return at.kind === "local" ? inFolder(at.path) : inBucket(at, connection);
}

function inFolder(folder: string): SmallFiles {
  const failed = (what: string) => (cause: unknown) => {
    const { code = "no code" } = cause as NodeJS.ErrnoException;
    throw new JobError("BAD_OPTION", `${folder} could not be ${what} (${code}): choose a folder that can.`, { cause });
  };
  return {
    async put(name, text) {
      const file = path.join(folder, name);
      await mkdir(folder, { recursive: true })
        .then(() => writeFile(`${file}.new`, text, { mode: 0o600, flush: true }))
        .then(() => rename(`${file}.new`, file))
        .catch(failed("written to"));
    },
    async all() {
      const names = await readdir(folder).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        return failed("read")(error);
      });
      const wanted = names.filter((name) => name.endsWith(".json")).toSorted();
      return Promise.all(wanted.map(async (name) => [name, await readFile(path.join(folder, name), "utf8")] as const));
    },
    close: () => undefined,
  };
}

function inBucket({ bucket, prefix }: Extract<InputAddress, { kind: "s3" }>, connection: S3Connection): SmallFiles {
  const client = s3Client(connection);
  const below = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const name = `s3://${bucket}/${below}`;
  return {
    async put(key, text) {
      const command = new PutObjectCommand({ Bucket: bucket, Key: `${below}${key}`, Body: text });
      await tryAtStart({ operation: "s3:PutObject", name }, () => client.send(command));
    },
    async all() {
      const keys: string[] = [];
      for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
        const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: below, ContinuationToken: token });
        const answer = await tryAtStart({ operation: "s3:ListBucket", name }, () => client.send(command));
        keys.push(...(answer.Contents ?? []).flatMap(({ Key = "" }) => (Key.endsWith(".json") ? [Key] : [])));
        token = answer.NextContinuationToken;
      }
      const found: (readonly [string, string])[] = [];
      for (const key of keys) {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key });
        const answer = await tryAtStart({ operation: "s3:GetObject", name }, () => client.send(command));
        found.push([key.slice(below.length), (await answer.Body?.transformToString()) ?? ""]);
      }
      return found;
    },
    close: () => client.destroy(),
  };
}
