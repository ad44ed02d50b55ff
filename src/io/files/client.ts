import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Shared } from "../../beam";
import { clientSettings, connectionSettings } from "../aws/client-settings";
import { type FileStore } from "./api";
import { localStore } from "./local-store";
import { s3Store } from "./s3-store";
import type { S3Connection } from "./settings";

/** A range of some MiB over a slow line takes seconds; a dead one must not be waited for much longer. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Two for each partition of a process, and the calls of the start. */
const MAX_SOCKETS = 128;

/** A client of S3, which the caller must destroy. It finds buckets of other regions by itself. */
export function s3Client(connection: S3Connection): S3Client {
  return new S3Client({
    ...clientSettings(connection),
    followRegionRedirects: true,
    // Stand-ins and servers that speak like S3 know buckets by their paths alone.
    forcePathStyle: connection.endpoint !== undefined,
    requestHandler: new NodeHttpHandler({
      ...connectionSettings(MAX_SOCKETS),
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
}

/** The run's store for files of both kinds. */
export function sharedStore(shared: Shared, connection: S3Connection): FileStore {
  const s3 = (): FileStore => {
    const client = shared.get(
      `s3 client ${JSON.stringify([connection.region, connection.endpoint])}`,
      () => s3Client(connection),
      (own) => own.destroy(),
    );
    return s3Store(client);
  };
  return {
    read: (file, from, maxBytes) => (file.at.kind === "local" ? localStore : s3()).read(file, from, maxBytes),
  };
}
