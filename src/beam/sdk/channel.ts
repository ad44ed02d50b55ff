/** Options for gRPC calls to servers of this machine: from workers to their runner, and to a job server. */
import { type ChannelOptions, credentials, Metadata } from "@grpc/grpc-js";

/** Beam uses no TLS between processes of one machine. */
export const INSECURE = credentials.createInsecure();

/**
 * Without this gRPC would send even loopback calls through the proxy of `https_proxy`, which cannot reach this machine.
 */
export const WITHOUT_PROXY: ChannelOptions = { "grpc.enable_http_proxy": 0 };

/** Makes the metadata of a call. They are empty for a server that asks for no token. */
export function tokenMetadata(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}
