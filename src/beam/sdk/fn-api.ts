/** The Fn API of apache-beam: protos and gRPC clients, for the worker alone. With `sdk.ts` the only way to the SDK's internals. */
// First, because the SDK can only be entered that way (see there).
import ".";
import "./unknown-fields";
import type { ClientOptions, Metadata } from "@grpc/grpc-js";
import { tokenMetadata, WITHOUT_PROXY } from "./channel";

export * as fnApi from "apache-beam/proto/beam_fn_api";
export {
  BeamFnControlClient,
  BeamFnDataClient,
  BeamFnLoggingClient,
  BeamFnStateClient,
} from "apache-beam/proto/beam_fn_api.grpc-client";
export { ProvisionServiceClient } from "apache-beam/proto/beam_provision_api.grpc-client";
export type { ProvisionInfo } from "apache-beam/proto/beam_provision_api";
export { MonitoringInfo } from "apache-beam/proto/metrics";
export { PipelineContext } from "apache-beam/internal/pipeline";

/**
 * Channels to the runner are on one machine and carry bundles of any size: no limit on messages (gRPC's default is
 * 4 MB), and keep-alives that notice a runner that is gone.
 */
export const CHANNEL_OPTIONS: ClientOptions = {
  ...WITHOUT_PROXY,
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/** Who a worker is to its runner. */
export interface WorkerIdentity {
  readonly id: string;
  /** Undefined for runners that ask for none. */
  readonly token?: string | undefined;
}

/** Every call of a worker carries its id, so that one runner port can serve many workers, and the token that proves it. */
export function workerMetadata({ id, token }: WorkerIdentity): Metadata {
  const metadata = tokenMetadata(token);
  metadata.set("worker_id", id);
  return metadata;
}
