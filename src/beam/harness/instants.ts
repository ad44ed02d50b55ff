import { MAX_TIMESTAMP_MS, MIN_TIMESTAMP_MS, GLOBAL_WINDOW_MAX_TIMESTAMP_MS } from "../values";

/** Beam's own ends of time in milliseconds (beam_runner_api.proto, BeamConstants); ours are the nearest doubles in use. */
const BEAM_MIN_MS = -9_223_372_036_854_775n;
const BEAM_MAX_MS = 9_223_372_036_854_775n;
const BEAM_GLOBAL_WINDOW_MAX_MS = 9_223_371_950_454_775n;

/** Our milliseconds → Beam's. Exact for every instant but the ends of time, which are translated. */
export function toBeamMs(ms: number): bigint {
  if (ms <= MIN_TIMESTAMP_MS) return BEAM_MIN_MS;
  if (ms >= MAX_TIMESTAMP_MS) return BEAM_MAX_MS;
  if (ms === GLOBAL_WINDOW_MAX_TIMESTAMP_MS) return BEAM_GLOBAL_WINDOW_MAX_MS;
  return BigInt(ms);
}

/** Beam's milliseconds → ours. */
export function fromBeamMs(ms: bigint): number {
  if (ms <= BigInt(MIN_TIMESTAMP_MS)) return MIN_TIMESTAMP_MS;
  if (ms === BEAM_GLOBAL_WINDOW_MAX_MS) return GLOBAL_WINDOW_MAX_TIMESTAMP_MS;
  if (ms >= BigInt(MAX_TIMESTAMP_MS)) return MAX_TIMESTAMP_MS;
  return Number(ms);
}

/** A protobuf Timestamp; nanos are never negative. */
export function toTimestamp(ms: number): { seconds: bigint; nanos: number } {
  const beamMs = toBeamMs(ms);
  const millis = ((beamMs % 1000n) + 1000n) % 1000n;
  return { seconds: (beamMs - millis) / 1000n, nanos: Number(millis) * 1_000_000 };
}

/** A protobuf Duration; `ms` is at least 0. */
export function toDuration(ms: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.round(ms % 1000) * 1_000_000 };
}
