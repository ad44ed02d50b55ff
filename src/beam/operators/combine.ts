/**
 * The parts of a lifted combine that follow or replace its precombining. Each emits one element for each input element.
 */
import { deserializeFn, runnerApi, type TransformProto } from "../sdk";
import type { KV } from "../values";
import type { OperatorFactory } from "./contract";
import { onlyOutput } from "./outputs";

/** The SDK's CombineFn. */
export interface CombineFn {
  createAccumulator(): unknown;
  addInput(accumulator: unknown, input: unknown): unknown;
  mergeAccumulators(accumulators: Iterable<unknown>): unknown;
  extractOutput(accumulator: unknown): unknown;
}

export function combineFnOf(transform: TransformProto): CombineFn {
  const payload = runnerApi.CombinePayload.fromBinary(transform.spec?.payload ?? new Uint8Array());
  const { combineFn } = deserializeFn(payload.combineFn?.payload ?? new Uint8Array()) as { combineFn: CombineFn };
  return combineFn;
}

function perValue(apply: (combineFn: CombineFn, value: unknown) => unknown): OperatorFactory {
  return (_transformId, transform, environment) => {
    const combineFn = combineFnOf(transform);
    const receiver = onlyOutput(transform, environment);
    return {
      process({ value, timestampMs, windows, pane }) {
        const { key, value: inner } = value as KV<unknown, unknown>;
        return receiver.receive({ value: { key, value: apply(combineFn, inner) }, timestampMs, windows, pane });
      },
    };
  };
}

export const combineMerge = perValue((fn, accumulators) => fn.mergeAccumulators(accumulators as Iterable<unknown>));
export const combineExtract = perValue((fn, accumulator) => fn.extractOutput(accumulator));
export const combineConvert = perValue((fn, input) => fn.addInput(fn.createAccumulator(), input));
