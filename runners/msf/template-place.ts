/** The two ways on which a template gets to CloudFormation: in the request, or by a file in the bucket for jars. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { type Aws, call } from "./aws";
import { type JarBucket, versionOf } from "./jars";
import type { Template } from "./template/document";
import { jarPrefix } from "./template/role";

/** What the request names: the template itself, up to 51,200 bytes, or its address in S3, up to 1 MB. */
export type TemplatePlace = { readonly TemplateBody: string } | { readonly TemplateURL: string };

/** For a template that is small whatever its options, since it has none. */
export function inRequest(template: Template): TemplatePlace {
  return { TemplateBody: JSON.stringify(template) };
}

/**
 * Uploads the template of a deployment, and names the version where the bucket keeps versions, so that nobody can
 * exchange it before CloudFormation reads it, with the deployer's own rights.
 */
export async function inBucket(
  aws: Aws,
  { bucket, owner }: JarBucket,
  deployment: string,
  template: Template,
): Promise<TemplatePlace> {
  const key = `${jarPrefix(deployment)}template.json`;
  const { VersionId } = await call(`uploading the template to s3://${bucket}`, () =>
    aws.files.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        ExpectedBucketOwner: owner,
        Body: JSON.stringify(template),
        ContentType: "application/json",
      }),
    ),
  );
  const version = versionOf(VersionId);
  // With the bucket in the path, since a bucket's name may have dots, which no certificate covers as a host's name.
  const url = `https://s3.${aws.region}.amazonaws.com/${bucket}/${key}`;
  return { TemplateURL: version === undefined ? url : `${url}?versionId=${encodeURIComponent(version)}` };
}
