import { GetObjectCommand, ListObjectsV2Command, type _Object, type S3Client } from "@aws-sdk/client-s3";
import { JobError } from "../../chat/errors";
import { s3Client } from "./client";
import { tryAtStart } from "./keep-trying";
import { RANGE_BYTES } from "./plan";
import { s3Version } from "./s3-store";
import type { InputAddress, ListedFile, S3Connection } from "./settings";
import { compressionOf, foreignFormat, formOf, SNIFFED_BYTES } from "./sniff";

type Input = Extract<InputAddress, { kind: "s3" }>;

/** Classes whose objects must be restored before they can be read; Intelligent-Tiering says so at the read only. */
const ARCHIVED = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/**
 * The objects below these prefixes; one whose key is the whole prefix is taken alone. Empty objects, and those whose
 * name begins with a dot or an underscore, are left out.
 */
export async function listS3(inputs: readonly Input[], connection: S3Connection): Promise<readonly ListedFile[]> {
  if (inputs.length === 0) return [];
  const client = s3Client(connection);
  const isOneBucket = new Set(inputs.map(({ bucket }) => bucket)).size === 1;
  try {
    const found = new Map<string, ListedFile>();
    for (const input of inputs) {
      for (const file of await listPrefix(client, input, isOneBucket)) found.set(file.name, file);
    }
    return [...found.values()];
  } finally {
    client.destroy();
  }
}

async function listPrefix(
  client: S3Client,
  { bucket, prefix }: Input,
  isOneBucket: boolean,
): Promise<readonly ListedFile[]> {
  const address = `s3://${bucket}/${prefix}`;
  const objects: _Object[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
    const answer = await tryAtStart({ operation: "s3:ListBucket", name: address }, () => client.send(command));
    objects.push(...(answer.Contents ?? []));
    token = answer.NextContinuationToken;
  }
  const alone = objects.filter(({ Key }) => Key === prefix);
  const wanted = (alone.length > 0 ? alone : objects).filter(isWanted);
  if (wanted.length === 0) throw new JobError("INPUT_NOT_FOUND", `${address} has no object with content in it.`);
  const archived = wanted.filter(({ StorageClass = "" }) => ARCHIVED.has(StorageClass));
  if (archived.length > 0) {
    const sentence = `${archived.length} of ${wanted.length} objects of ${address} are archived (${archived[0]!.StorageClass}): restore them, or give a prefix without them.`;
    throw new JobError("INPUT_NOT_FOUND", sentence);
  }
  const files: ListedFile[] = [];
  for (const [index, object] of wanted.entries()) {
    files.push(await listedFile(client, bucket, object, isOneBucket, index === 0));
  }
  return files;
}

function isWanted({ Key = "", Size = 0 }: _Object): boolean {
  return Size > 0 && !/(^|\/)[._][^/]*$/.test(Key);
}

/** Only the first object and large ones are looked into: the others tell what they are when they are read. */
async function listedFile(
  client: S3Client,
  bucket: string,
  { Key: key = "", Size: bytes = 0, ETag, LastModified }: _Object,
  isOneBucket: boolean,
  isFirst: boolean,
): Promise<ListedFile> {
  const isLarge = bytes > RANGE_BYTES;
  const address = `s3://${bucket}/${key}`;
  const first = isLarge || isFirst ? await firstBytes(client, bucket, key) : undefined;
  const foreign = first === undefined ? undefined : foreignFormat(first);
  if (foreign !== undefined) {
    const sentence = `${address} is ${foreign}, which holds no lines of JSON: give a prefix without it.`;
    throw new JobError("INPUT_NOT_FOUND", sentence);
  }
  const isPlain = first !== undefined && compressionOf(first) === "none" && formOf(first, "lines") === "lines";
  return {
    at: isOneBucket ? { kind: "s3", bucket } : { kind: "s3", bucket, key },
    name: isOneBucket ? key : `${bucket}/${key}`,
    bytes,
    modifiedMs: LastModified?.getTime() ?? Date.now(),
    version: s3Version(ETag),
    isSplittable: isPlain && isLarge,
  };
}

function firstBytes(client: S3Client, bucket: string, key: string): Promise<Uint8Array> {
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${SNIFFED_BYTES - 1}` });
  return tryAtStart({ operation: "s3:GetObject", name: `s3://${bucket}/${key}` }, async () =>
    (await client.send(command)).Body!.transformToByteArray(),
  );
}
