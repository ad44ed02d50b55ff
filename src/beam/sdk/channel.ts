/** How gRPC servers of this machine are reached: a runner's by its workers, a job server by who started it. */
import { type ChannelOptions, credentials, Metadata } from "@grpc/grpc-js";

/** Beam speaks no TLS on one machine. */
export const INSECURE = credentials.createInsecure();

/** gRPC would go even to loopback by the proxy of `https_proxy` and its like, where it finds nobody or somebody else. */
export const WITHOUT_PROXY: ChannelOptions = { "grpc.enable_http_proxy": 0 };

/** Goes with each call; empty when the server asks for no token. */
export function tokenMetadata(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}
