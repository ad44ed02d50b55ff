import { KMSClient } from "@aws-sdk/client-kms";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { clientSettings, connectionSettings } from "../aws/client-settings";

const REQUEST_TIMEOUT_MS = 10_000;

/** A client for the key's own region, which the caller must destroy. `AWS_ENDPOINT_URL_KMS` names another endpoint. */
export function kmsClient(region: string): KMSClient {
  return new KMSClient({
    ...clientSettings({ region }),
    requestHandler: new NodeHttpHandler({
      ...connectionSettings(1),
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
}
