import { DecryptCommand } from "@aws-sdk/client-kms";
import { type BackOff, retrying, unlessAnswered } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { Pseudonyms } from "../../chat/privacy/pseudonyms";
import { pseudonymKey } from "../../chat/privacy/key-file";
import type { WrappedKey } from "../../chat/privacy/settings";
import { type KeyUse, PSEUDONYMS, regionOfKey } from "../../chat/privacy/wrapped-key";
import { roomLog } from "../../log";
import { logged } from "../retry";
import { kmsClient } from "./client";
import { decide } from "./retry";

const log = roomLog("kms");
const BACK_OFF: BackOff = { baseMs: 200, capMs: 10_000, jitter: 0.5 };

/** Resolves with the pseudonyms of a wrapped key. Rejects as `unwrapped` does. */
export async function unwrapKey(key: WrappedKey, maxAttempts?: number): Promise<Pseudonyms> {
  return new Pseudonyms(pseudonymKey(await unwrapped(key, PSEUDONYMS, maxAttempts), PSEUDONYMS.wrappedFlag));
}

/**
 * Has KMS decrypt a key for its use. Waits for KMS for ever, or for `maxAttempts`. Rejects with `JobError` BAD_OPTION,
 * ACCESS_DENIED, NO_CREDENTIALS, or SERVICE_UNREACHABLE after so many attempts.
 */
export async function unwrapped(key: WrappedKey, use: KeyUse, maxAttempts?: number): Promise<Uint8Array> {
  const region = regionOfKey(key.keyArn);
  const client = kmsClient(region);
  try {
    const { Plaintext } = await retrying(
      () =>
        client.send(
          new DecryptCommand({
            KeyId: key.keyArn,
            CiphertextBlob: Buffer.from(key.wrapped, "base64"),
            EncryptionContext: { purpose: use.purpose },
          }),
        ),
      unlessAnswered((error, failing) => decide(error, key, use, failing)),
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
    return Plaintext ?? new Uint8Array();
  } finally {
    client.destroy();
  }
}
