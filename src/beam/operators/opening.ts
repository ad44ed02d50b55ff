/** Finds the DoFn definition of a transform. */
import type { DoFnSpec, OpenContext } from "../authoring/contract";
import { type AnyDefinition, definitionOf } from "../authoring/definitions";
import type { Metrics } from "../authoring/metrics";
import type { TransformProto } from "../sdk";
import { parDoPayload } from "../sdk/par-do";
import type { StageEnvironment } from "./contract";

/** Keeps keys that DoFns choose apart from those of operators. */
const SHARED_PREFIX = "shared:";

/** Reads the spec of a transform's DoFn. */
export function doFnSpecOf(transform: TransformProto): DoFnSpec {
  const payload = parDoPayload(transform).doFn?.payload ?? new Uint8Array();
  return JSON.parse(Buffer.from(payload).toString("utf8")) as DoFnSpec;
}

/**
 * A transform's definition and settings. `open` makes an instance. Throws when this process does not know the
 * definition.
 */
export class DefinedTransform<D extends AnyDefinition> {
  /** Name of the definition. The transform may have another name. */
  readonly name: string;
  readonly definition: D;
  readonly settings: unknown;

  constructor(
    private readonly transformId: string,
    private readonly transform: TransformProto,
    private readonly environment: StageEnvironment,
  ) {
    const spec = doFnSpecOf(transform);
    this.definition = definitionOf(spec.name) as D;
    this.name = spec.name;
    this.settings = spec.settings;
  }

  /** Passes the instance to `take`: at once, or later if the author opens it asynchronously. */
  open<Instance>(
    take: (instance: Instance) => void,
    metrics: Metrics = this.environment.metricsOf(this.transformId),
  ): void | Promise<void> {
    const { scope } = this.environment;
    const context: OpenContext = {
      metrics,
      stageName: this.transform.uniqueName,
      shared: { get: (key, open, close) => scope.get(`${SHARED_PREFIX}${key}`, open, close) },
    };
    const opened = this.definition.open(this.settings, context) as Instance | Promise<Instance>;
    return opened instanceof Promise ? opened.then(take) : take(opened);
  }
}
