/** The job service of apache-beam: protos and gRPC client, for submitting jobs. */
// Must be first: see `index.ts`.
import ".";
import "./unknown-fields";
export * as jobApi from "apache-beam/proto/beam_job_api";
export { JobServiceClient } from "apache-beam/proto/beam_job_api.grpc-client";
export { Struct } from "apache-beam/proto/google/protobuf/struct";
