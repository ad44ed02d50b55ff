import type { Metrics } from "../../beam/authoring";
import { sharedBedrockClient } from "./client";
import { ModelCaller } from "./model-caller";
import { sharedRateController } from "./rate-controller";
import type { BedrockSettings } from "./settings";

/** A DoFn instance's caller, on the process's own connections and rate control: those outlive instances and bundles. */
export function sharedCaller(model: string, settings: BedrockSettings, metrics: Metrics): ModelCaller {
  const { region, endpoint, maxConcurrentCalls } = settings;
  const rate = sharedRateController(`${region} ${endpoint} ${model}`, maxConcurrentCalls);
  return new ModelCaller(model, settings, sharedBedrockClient(settings), rate, metrics);
}
