import * as runnerApi from "apache-beam/proto/beam_runner_api";

export const PAR_DO_URN = "beam:transform:pardo:v1";

/** Decodes the payload of a ParDo, or of a transform that a runner expanded from one. */
export function parDoPayload({ spec }: runnerApi.PTransform): runnerApi.ParDoPayload {
  return runnerApi.ParDoPayload.fromBinary(spec?.payload ?? new Uint8Array());
}
