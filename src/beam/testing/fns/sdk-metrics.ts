import { registerForSerialization, type SdkDoFn } from "../../sdk";

interface SdkMetrics {
  readonly seen: { increment(value?: number): void };
  readonly sizes: { update(value: number): void };
}

export const CountWithSdk: SdkDoFn<number, number, SdkMetrics> = {
  *process(value, { seen, sizes }) {
    seen.increment();
    sizes.update(value);
    yield value;
  },
};

registerForSerialization("conformance/sdk-metrics", { CountWithSdk });
