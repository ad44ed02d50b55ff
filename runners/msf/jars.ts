/** Jars in the bucket of a deployment, named after their content, so that a jar is uploaded once and never changes. */
import {
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ObjectIdentifier,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { type Aws, call } from "./aws";
import type { PackagedJar } from "./package";
import { jarPrefix } from "./template/role";

/** The service takes no larger one. */
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
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { file, bytes: found.size, sha256: hash.digest("hex") };
}

/** Where the jar is, or will be. */
export function jarKey(deployment: string, { sha256 }: PackagedJar): string {
  return `${jarPrefix(deployment)}${sha256.slice(0, 16)}.jar`;
}

/** Uploads what is not there yet. S3 checks the bytes against their hash. */
export async function uploadJar(
  aws: Aws,
  bucket: string,
  key: string,
  jar: PackagedJar,
  say: (line: string) => void,
): Promise<void> {
  if (await isThere(aws, bucket, key, jar.bytes)) {
    say(`The jar is in s3://${bucket} already.`);
    return;
  }
  say(`Uploading ${Math.ceil(jar.bytes / 1_048_576)} MiB to s3://${bucket}/${key} …`);
  await call(`uploading the jar to s3://${bucket}`, () =>
    aws.files.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: createReadStream(jar.file),
        ContentLength: jar.bytes,
        ContentType: "application/java-archive",
        ChecksumSHA256: Buffer.from(jar.sha256, "hex").toString("base64"),
      }),
    ),
  );
}

async function isThere(aws: Aws, bucket: string, key: string, bytes: number): Promise<boolean> {
  try {
    const { ContentLength } = await call(
      `looking for the jar in s3://${bucket}`,
      () => aws.files.send(new HeadObjectCommand({ Bucket: bucket, Key: key })),
      ["NotFound", "NoSuchKey"],
    );
    return ContentLength === bytes;
  } catch (error) {
    if (error instanceof BeamError) throw error;
    return false;
  }
}

/** Removes the jars of this deployment, and nothing else; resolves with how many. */
export async function deleteJars(aws: Aws, bucket: string, deployment: string): Promise<number> {
  let count = 0;
  let token: string | undefined;
  do {
    const page = await call(`listing the jars in s3://${bucket}`, () =>
      aws.files.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: jarPrefix(deployment), ContinuationToken: token }),
      ),
    );
    const Objects: ObjectIdentifier[] = (page.Contents ?? []).flatMap(({ Key }) =>
      Key === undefined ? [] : [{ Key }],
    );
    if (Objects.length > 0) {
      const answer = await call(`removing the jars from s3://${bucket}`, () =>
        aws.files.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } })),
      );
      const failed = answer.Errors?.[0];
      if (failed !== undefined) {
        throw new JobError("DEPLOYMENT", `S3 did not remove ${failed.Key}: ${failed.Message ?? failed.Code}.`);
      }
    }
    count += Objects.length;
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return count;
}
