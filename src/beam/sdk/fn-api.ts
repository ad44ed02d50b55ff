/** The Fn API of apache-beam: protos and gRPC clients, for the worker only. */
// Must be first: see `index.ts`.
import ".";
import "./unknown-fields";
import type { ClientOptions, Metadata } from "@grpc/grpc-js";
import { tokenMetadata, WITHOUT_PROXY } from "./channel";

export * as fnApi from "apache-beam/proto/beam_fn_api";
export { BeamFnControlClient, BeamFnLoggingClient, BeamFnStateClient } from "apache-beam/proto/beam_fn_api.grpc-client";
export { ProvisionServiceClient } from "apache-beam/proto/beam_provision_api.grpc-client";
export type { ProvisionInfo } from "apache-beam/proto/beam_provision_api";
export { MonitoringInfo } from "apache-beam/proto/metrics";
export { PipelineContext } from "apache-beam/internal/pipeline";

/**
 * Channels to the runner stay on one machine and carry bundles of any size. So messages are unlimited (gRPC's default
 * is 4 MB), and keep-alives detect a runner that is gone.
 */
export const CHANNEL_OPTIONS: ClientOptions = {
  ...WITHOUT_PROXY,
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/** The identity of a worker towards its runner. */
export interface WorkerIdentity {
  readonly id: string;
  /** Undefined for runners that ask for no token. */
  readonly token?: string | undefined;
}

/**
 * Makes the metadata of a worker's calls: its id, so that one port of a runner can serve many workers, and the token
 * that proves the id.
 */
export function workerMetadata({ id, token }: WorkerIdentity): Metadata {
  const metadata = tokenMetadata(token);
  metadata.set("worker_id", id);
  return metadata;
}
