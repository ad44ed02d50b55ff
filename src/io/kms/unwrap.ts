import { DecryptCommand } from "@aws-sdk/client-kms";
import { type BackOff, retrying, unlessAnswered } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { Pseudonyms } from "../../chat/privacy/pseudonyms";
import { pseudonymKey } from "../../chat/privacy/key-file";
import type { WrappedKey } from "../../chat/privacy/settings";
import { KEY_PURPOSE, regionOfKey } from "../../chat/privacy/wrapped-key";
import { roomLog } from "../../log";
import { logged } from "../retry";
import { kmsClient } from "./client";
import { decide } from "./retry";

const log = roomLog("kms");
const BACK_OFF: BackOff = { baseMs: 200, capMs: 10_000, jitter: 0.5 };

/**
 * Has KMS decrypt the key, and resolves with what makes pseudonyms by it. Waits for KMS for ever, or for `maxAttempts`.
 * Rejects with `JobError` BAD_OPTION, ACCESS_DENIED, NO_CREDENTIALS, or SERVICE_UNREACHABLE after so many attempts.
 */
export async function unwrapKey(key: WrappedKey, maxAttempts?: number): Promise<Pseudonyms> {
  const region = regionOfKey(key.keyArn);
  const client = kmsClient(region);
  try {
    const { Plaintext } = await retrying(
      () =>
        client.send(
          new DecryptCommand({
            KeyId: key.keyArn,
            CiphertextBlob: Buffer.from(key.wrapped, "base64"),
            EncryptionContext: { purpose: KEY_PURPOSE },
          }),
        ),
      unlessAnswered((error, failing) => decide(error, key, failing)),
      {
        backOff: BACK_OFF,
        ...logged(log, "KMS"),
        bounds: {
          maxAttempts,
          giveUp: ({ why, error }) => {
            const sentence = `KMS does not answer in ${region} (${why}): check the network, and in a VPC its endpoint for KMS.`;
            throw new JobError("SERVICE_UNREACHABLE", sentence, { cause: error });
          },
        },
      },
    );
    return new Pseudonyms(pseudonymKey(Plaintext ?? new Uint8Array(), "--redact-key-wrapped"));
  } finally {
    client.destroy();
  }
}
