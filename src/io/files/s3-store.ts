import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type FileStore, ChangedFile } from "./api";
import { failureOf } from "../aws/failure";
import type { ListedFile } from "./settings";

/**
 * Part of an ETag that tells one content from another, 64 bits: the list of a large bucket holds one for each object.
 */
const VERSION_LENGTH = 16;
/** S3's answers when the condition of a request, or its range, does not fit the object any more. */
const CHANGED = new Set(["PreconditionFailed", "InvalidRange", "NoSuchKey"]);

/** Objects of S3, read by ranges, so that each request is short and can be made again. */
export function s3Store(client: S3Client): FileStore {
  return {
    async read(file, from, maxBytes) {
      const { at, name, bytes } = file;
      if (at.kind !== "s3") throw new Error(`${name} does not lie in S3.`);
      const to = Math.min(from + maxBytes, bytes) - 1;
      if (to < from) return Buffer.alloc(0);
      const command = new GetObjectCommand({ Bucket: at.bucket, Key: keyOf(file), Range: `bytes=${from}-${to}` });
      const answer = await client.send(command).catch((error: unknown) => {
        throw CHANGED.has(failureOf(error).name) ? new ChangedFile(name) : error;
      });
      if (s3Version(answer.ETag) !== file.version) throw new ChangedFile(name);
      const content = Buffer.from(await answer.Body!.transformToByteArray());
      if (content.length !== to - from + 1) {
        // A connection that broke is no change: the request is made again.
        throw Object.assign(new Error("The answer is not whole."), { code: "ECONNRESET" });
      }
      return content;
    },
  };
}

export function s3Version(etag: string | undefined): string {
  return (etag ?? "").replaceAll('"', "").slice(0, VERSION_LENGTH);
}

/** In a listing over several buckets, names begin with the bucket's. */
function keyOf({ at, name }: ListedFile): string {
  return at.kind === "s3" && at.key !== undefined ? at.key : name;
}
