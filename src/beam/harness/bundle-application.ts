/**
 * Encodes splits and residuals for the runner: as an element at a transform's input, with that input's coder, because
 * there it will come back.
 */
import type { Residual } from "../operators/contract";
import { mainInputs, transformOf } from "../operators/graph";
import type { Split } from "../operators/splittable-process";
import type { ComponentsProto, TransformProto } from "../sdk";
import type { fnApi } from "../sdk/fn-api";
import type { WindowedValue } from "../values";
import { EagerWriter } from "./eager-writer";
import { toDuration, toTimestamp } from "./instants";
import { collectionCodec, type WindowedValueCodec } from "./windowed-value-codec";

interface Input {
  readonly transform: TransformProto;
  readonly inputId: string;
  readonly codec: WindowedValueCodec;
}

export class BundleApplications {
  private readonly inputs = new Map<string, Input>();

  /** `sourceCodecs` has the codecs of the PCollections that the runner sends, by id. */
  constructor(
    private readonly components: ComponentsProto,
    private readonly sourceCodecs: ReadonlyMap<string, WindowedValueCodec>,
  ) {}

  residual(residual: Residual): fnApi.DelayedBundleApplication {
    const { transform } = this.inputOf(residual.transformId);
    const watermark = toTimestamp(residual.watermarkMs);
    const outputWatermarks = Object.fromEntries(Object.keys(transform.outputs).map((tag) => [tag, watermark]));
    return {
      application: { ...this.application(residual, residual.element), outputWatermarks },
      requestedTimeDelay: toDuration(residual.delayMs),
    };
  }

  primary({ primary, residual }: Split): fnApi.BundleApplication {
    return this.application(residual, primary);
  }

  private application(
    { transformId, boundedness }: Residual,
    element: WindowedValue<unknown>,
  ): fnApi.BundleApplication {
    const { inputId, codec } = this.inputOf(transformId);
    const writer = new EagerWriter();
    codec.encode(element, writer);
    return { transformId, inputId, element: writer.finish(), outputWatermarks: {}, isBounded: boundedness };
  }

  private inputOf(transformId: string): Input {
    let input = this.inputs.get(transformId);
    if (input === undefined) this.inputs.set(transformId, (input = this.findInput(transformId)));
    return input;
  }

  private findInput(transformId: string): Input {
    const transform = transformOf(this.components, transformId);
    const [pcollectionId = ""] = mainInputs(transform);
    const inputId = Object.keys(transform.inputs).find((tag) => transform.inputs[tag] === pcollectionId) ?? "";
    const codec = this.sourceCodecs.get(pcollectionId) ?? collectionCodec(pcollectionId, this.components);
    return { transform, inputId, codec };
  }
}
