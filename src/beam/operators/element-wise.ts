/** Operators without state: their output depends on one element alone. */
import { UsageError } from "../error";
import { deserializeFn, type SdkInstant } from "../sdk";
import { fromSdkInstant, toSdkInstant } from "../sdk/values";
import { withValue } from "../values";
import { parDoPayload } from "../sdk/par-do";
import type { OperatorFactory } from "./contract";
import { deserializeDoFn, onlyOutput, OutputReceivers } from "./outputs";
import { Waits } from "./waits";

/** Flatten and the identity DoFn, which emit the input element itself. */
export const forwarding: OperatorFactory = (_transformId, transform, environment) => {
  const receiver = onlyOutput(transform, environment);
  return { process: (element) => receiver.receive(element) };
};

export const assignTimestamps: OperatorFactory = (_transformId, transform, environment) => {
  const receiver = onlyOutput(transform, environment);
  const { func } = deserializeDoFn<{ func: (value: unknown, instant: SdkInstant) => SdkInstant }>(transform);
  return {
    process({ value, timestampMs, windows, pane }) {
      const assigned = fromSdkInstant(func(value, toSdkInstant(timestampMs)));
      return receiver.receive({ value, timestampMs: assigned, windows, pane });
    },
  };
};

/** The SDK's SplitOptions, with the defaults that `split` filled in. */
interface SplitOptions {
  readonly knownTags: readonly string[];
  readonly unknownTagBehavior: "error" | "ignore" | "rename";
  readonly unknownTagName?: string;
  readonly exclusive: boolean;
}

/** The SDK's `split`: each property of an element goes to the output of that name. */
export const split: OperatorFactory = (_transformId, transform, environment) => {
  const outputs = new OutputReceivers(transform, environment);
  const options = deserializeFn(parDoPayload(transform).doFn?.payload ?? new Uint8Array()) as SplitOptions;
  const known = new Set(options.knownTags);
  const outputOf = (tag: string): string | undefined => {
    if (known.has(tag)) return tag;
    if (options.unknownTagBehavior === "rename") return options.unknownTagName;
    if (options.unknownTagBehavior === "ignore") return undefined;
    throw new UsageError("An element to be split has a tag that is not among the known ones.");
  };
  return {
    process(element) {
      const parts = Object.entries(element.value as Record<string, unknown>);
      if (options.exclusive && parts.length !== 1)
        throw new UsageError("An element to be split must have exactly one tag.");
      const waits = new Waits();
      for (const [tag, value] of parts) {
        const output = outputOf(tag);
        if (output !== undefined) waits.add(outputs.find(output)?.receive(withValue(element, value)));
      }
      return waits.take();
    },
  };
};
