/** The job service of apache-beam: protos and gRPC client, for submitting alone. */
// First, because the SDK can only be entered that way (see there).
import ".";
import "./unknown-fields";
export * as jobApi from "apache-beam/proto/beam_job_api";
export { JobServiceClient } from "apache-beam/proto/beam_job_api.grpc-client";
export { Struct } from "apache-beam/proto/google/protobuf/struct";
