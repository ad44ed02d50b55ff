/**
 * Mends the SDK's protos, whose own readers throw a ReferenceError at any field that they do not know, and at packed
 * numbers (apache-beam 2.49.0: `wireType` got lost when they were compiled). Every newer runner has fields of its own.
 * Without those readers the messages are read by their descriptions, as protobuf-ts does where it generates no reader.
 */
import * as fnApi from "apache-beam/proto/beam_fn_api";
import * as jobApi from "apache-beam/proto/beam_job_api";
import * as provisionApi from "apache-beam/proto/beam_provision_api";
import * as runnerApi from "apache-beam/proto/beam_runner_api";
import * as endpoints from "apache-beam/proto/endpoints";
import * as metrics from "apache-beam/proto/metrics";

for (const module of [fnApi, jobApi, provisionApi, runnerApi, endpoints, metrics]) {
  for (const exported of Object.values(module) as unknown[]) {
    if (typeof exported !== "object" || exported === null || !("internalBinaryRead" in exported)) continue;
    Reflect.deleteProperty(Object.getPrototypeOf(exported) as object, "internalBinaryRead");
  }
}
