/**
 * Jars in the bucket of a deployment, named after their content, so that a jar is uploaded once. A name proves nothing:
 * S3's SHA-256 of the object counts, and where the bucket keeps versions, the one of that content is named.
 */
import {
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { BeamError } from "../../src/beam/error";
import { sha256Of } from "../../src/beam/process";
import { JobError } from "../../src/chat/errors";
import { type Aws, call } from "./aws";
import type { PackagedJar } from "./package";
import type { JarSettings } from "./settings";
import { jarPrefix } from "./template/role";

/**
 * The bucket for jars, and the account that must own it: another account's bucket of that name is no place for them.
 */
export interface JarBucket {
  readonly bucket: string;
  readonly owner: string;
}

/** The largest jar that the service takes. */
const MAX_JAR_BYTES = 512 * 1_048_576;

/** Rejects with BAD_OPTION when there is no such file, or when it is too large. */
export async function readJar(file: string): Promise<PackagedJar> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new JobError("BAD_OPTION", `There is no jar ${file}: build one with npm run msf -- package.`, { cause });
  });
  if (!found.isFile()) throw new JobError("BAD_OPTION", `${file} is no file.`);
  if (found.size >= MAX_JAR_BYTES) {
    const mib = Math.ceil(found.size / 1_048_576);
    throw new JobError("BAD_OPTION", `${file} has ${mib} MiB, and the managed service takes less than 512.`);
  }
  return { file, bytes: found.size, sha256: await sha256Of(file) };
}

/** The jar's key in the bucket. */
export function jarKey(deployment: string, { sha256 }: PackagedJar): string {
  return `${jarPrefix(deployment)}${sha256.slice(0, 16)}.jar`;
}

/** The jar's place when the bucket has these very bytes there; undefined when it has none, or others. */
export async function findJar(
  aws: Aws,
  { bucket, owner }: JarBucket,
  key: string,
  jar: PackagedJar,
): Promise<JarSettings | undefined> {
  try {
    const { ChecksumSHA256, VersionId } = await call(
      `looking for the jar in s3://${bucket}`,
      () =>
        aws.files.send(
          new HeadObjectCommand({ Bucket: bucket, Key: key, ExpectedBucketOwner: owner, ChecksumMode: "ENABLED" }),
        ),
      ["NotFound", "NoSuchKey"],
    );
    return ChecksumSHA256 === checksumOf(jar) ? { bucket, owner, key, version: versionOf(VersionId) } : undefined;
  } catch (error) {
    if (error instanceof BeamError) throw error;
    return undefined;
  }
}

/**
 * Uploads the jar unless it is there; resolves with its place. S3 checks the bytes against their hash, and keeps that.
 */
export async function ensureJar(
  aws: Aws,
  { bucket, owner }: JarBucket,
  key: string,
  jar: PackagedJar,
  say: (line: string) => void,
): Promise<JarSettings> {
  const found = await findJar(aws, { bucket, owner }, key, jar);
  if (found !== undefined) return found;
  say(`Uploading ${Math.ceil(jar.bytes / 1_048_576)} MiB to s3://${bucket}/${key} …`);
  const { VersionId } = await call(`uploading the jar to s3://${bucket}`, () =>
    aws.files.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        ExpectedBucketOwner: owner,
        Body: createReadStream(jar.file),
        ContentLength: jar.bytes,
        ContentType: "application/java-archive",
        ChecksumAlgorithm: "SHA256",
        ChecksumSHA256: checksumOf(jar),
      }),
    ),
  );
  return { bucket, owner, key, version: versionOf(VersionId) };
}

/** The hash in S3's form. */
function checksumOf({ sha256 }: PackagedJar): string {
  return Buffer.from(sha256, "hex").toString("base64");
}

/**
 * The version's id; undefined from a bucket that keeps none, for which S3 says "null" once versions were kept there.
 */
export function versionOf(id: string | undefined): string | undefined {
  return id === "null" ? undefined : id;
}

/**
 * Removes the jars and templates of this deployment in all versions, and nothing else; resolves with the number of
 * files.
 */
export async function deleteFiles(aws: Aws, { bucket, owner }: JarBucket, deployment: string): Promise<number> {
  const keys = new Set<string>();
  const own = { Bucket: bucket, ExpectedBucketOwner: owner };
  let from: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } | undefined = {};
  while (from !== undefined) {
    const command = new ListObjectVersionsCommand({ ...own, Prefix: jarPrefix(deployment), ...from });
    const page: ListObjectVersionsCommandOutput = await call(`listing the files in s3://${bucket}`, () =>
      aws.files.send(command),
    );
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(identifierOf);
    if (Objects.length > 0) {
      const answer = await call(`removing the files from s3://${bucket}`, () =>
        aws.files.send(new DeleteObjectsCommand({ ...own, Delete: { Objects, Quiet: true } })),
      );
      const failed = answer.Errors?.[0];
      if (failed !== undefined) {
        throw new JobError("DEPLOYMENT", `S3 did not remove ${failed.Key}: ${failed.Message ?? failed.Code}.`);
      }
    }
    for (const { Key = "" } of Objects) keys.add(Key);
    from = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  return keys.size;
}

function identifierOf({ Key, VersionId }: Partial<ObjectIdentifier>): readonly ObjectIdentifier[] {
  return Key === undefined ? [] : [{ Key, VersionId }];
}
