import type { AsyncDoFn, AsyncElement, Outputs, SetupContext } from "../../beam";
import { sharedBedrockClient } from "./client";
import { elementsAtOnce, ModelCaller } from "./model-caller";
import { sharedRateController } from "./rate-controller";
import type { BedrockSettings } from "./settings";

/**
 * What the stages of model calls share: each element by itself, as many at once as the settings say, with a caller on the
 * process's own connections and rate control: those outlive instances and bundles.
 */
export abstract class ModelStage<I, O extends Outputs> implements AsyncDoFn<I, O> {
  readonly maxConcurrentCalls: number;
  protected caller!: ModelCaller;

  constructor(
    readonly pool: string,
    private readonly modelId: string,
    private readonly bedrock: BedrockSettings,
  ) {
    this.maxConcurrentCalls = elementsAtOnce(bedrock);
  }

  setup({ metrics }: SetupContext): void {
    const { region, endpoint, maxConcurrentCalls } = this.bedrock;
    const rate = sharedRateController(`${region} ${endpoint} ${this.modelId}`, maxConcurrentCalls);
    this.caller = new ModelCaller(this.modelId, this.bedrock, sharedBedrockClient(this.bedrock), rate, metrics);
  }

  teardown(): void {
    this.caller.close();
  }

  async process(elements: readonly AsyncElement<I, O>[]): Promise<void> {
    await Promise.all(elements.map((element) => this.processOne(element)));
  }

  protected abstract processOne(element: AsyncElement<I, O>): Promise<void>;
}
