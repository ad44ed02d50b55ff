import type { AsyncDoFnInstance, AsyncElement, Calls, OpenContext, Outputs } from "../../beam";
import { sharedBedrockClient } from "./client";
import type { ModelStageName } from "./measures";
import { elementsAtOnce, ModelCaller } from "./model-caller";
import type { Probe } from "./probe";
import { sharedRateController } from "./rate-controller";
import { sharedRefusalCheck } from "./refusal-check";
import type { BedrockSettings } from "./settings";

export function callsOf({ bedrock }: { readonly bedrock: BedrockSettings }): Calls {
  return { maxConcurrentCalls: elementsAtOnce(bedrock) };
}

/**
 * The base of the stages that call models: each element by itself, as many at once as the settings say, with a caller
 * on the run's own connections and rate control, which outlive instances and bundles.
 */
export abstract class ModelStage<I, O extends Outputs> implements AsyncDoFnInstance<I, O> {
  protected readonly caller: ModelCaller;

  /** `probe` is a harmless request to the model. */
  constructor(
    stage: ModelStageName,
    model: string,
    bedrock: BedrockSettings,
    probe: Probe,
    { metrics, shared }: OpenContext,
  ) {
    const rate = sharedRateController(shared, bedrock, model);
    const refusals = { check: sharedRefusalCheck(shared, bedrock, model), probe };
    const client = sharedBedrockClient(shared, bedrock);
    this.caller = new ModelCaller(model, bedrock, client, rate, refusals, metrics, stage);
  }

  close(): void {
    this.caller.close();
  }

  async process(elements: readonly AsyncElement<I, O>[]): Promise<void> {
    await Promise.all(elements.map((element) => this.processOne(element)));
  }

  protected abstract processOne(element: AsyncElement<I, O>): Promise<void>;
}
