/**
 * Repairs the SDK's protos, whose generated readers throw a ReferenceError at unknown fields and at packed numbers
 * (apache-beam 2.49.0: the compiled code lost `wireType`). Newer runners do send unknown fields. With the generated
 * readers removed, protobuf-ts reads messages by reflection.
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
