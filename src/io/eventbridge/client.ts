import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Shared } from "../../beam";
import { type AwsPlace, clientSettings, connectionSettings } from "../aws/client-settings";
import { EVENTBRIDGE_TIMEOUT_MS, MAX_EVENTBRIDGE_CALLS } from "./settings";

/** A client for this place, which the caller must destroy. */
export function eventBridgeClient(place: AwsPlace, requestTimeoutMs = EVENTBRIDGE_TIMEOUT_MS): EventBridgeClient {
  return new EventBridgeClient({
    ...clientSettings(place),
    requestHandler: new NodeHttpHandler({
      ...connectionSettings(MAX_EVENTBRIDGE_CALLS),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    }),
  });
}

/** The run's client, whose sockets bundles share. */
export function sharedEventBridgeClient(shared: Shared, place: AwsPlace, requestTimeoutMs: number): EventBridgeClient {
  return shared.get(
    `eventbridge client ${JSON.stringify([place.region, place.endpoint])}`,
    () => eventBridgeClient(place, requestTimeoutMs),
    (client) => client.destroy(),
  );
}
