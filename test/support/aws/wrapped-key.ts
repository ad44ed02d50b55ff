/** Keys that KMS has wrapped, made as docs/privacy.md says. */
import { CreateKeyCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { PSEUDONYMS } from "../../../src/chat/privacy/wrapped-key";
import type { WrappedKey } from "../../../src/chat/privacy/settings";

export async function withKms<T>(
  { AWS_ENDPOINT_URL: endpoint = "", AWS_REGION: region = "" }: Readonly<Record<string, string>>,
  use: (client: KMSClient) => Promise<T>,
): Promise<T> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new KMSClient({ endpoint, region, credentials });
  return use(client).finally(() => client.destroy());
}

export async function newKmsKey(client: KMSClient): Promise<string> {
  return (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
}

export async function wrap(
  client: KMSClient,
  keyArn: string,
  content: string,
  purpose: string = PSEUDONYMS.purpose,
): Promise<WrappedKey> {
  const { CiphertextBlob } = await client.send(
    new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from(content), EncryptionContext: { purpose } }),
  );
  return { keyArn, wrapped: Buffer.from(CiphertextBlob!).toString("base64") };
}
