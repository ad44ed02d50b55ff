/**
 * The context of an SDK DoFn: window, timestamp, pane, side inputs and metrics of the current element.
 *
 * 1. The context is set right before the DoFn's synchronous call and cleared right after it. A lookup at any other time
 *    throws.
 * 2. Side inputs are read before the call, once for consecutive elements of one window, and again in each bundle. They
 *    are handed from `prepare` to `enter`, because an element of another window may be prepared in between.
 */
import { UsageError } from "../error";
import type { Metrics } from "../authoring/metrics";
import { toSdkInstant, toSdkPane, toSdkWindow } from "../sdk/values";
import type { IntervalWindow, WindowedValue } from "../values";

interface ContextParameter {
  readonly parDoParamName: string;
  provider?: ParameterProvider;
  /** For metrics: the kind, as a URN, and the name. */
  readonly metricType?: string;
  readonly name?: string;
  /** For side inputs. */
  readonly sideInputId?: string;
  readonly accessor?: { toValue(elements: Iterable<unknown>): unknown };
}

/** The SDK's interface for looking up parameters. Each parameter object gets a provider. */
interface ParameterProvider {
  lookup(parameter: ContextParameter): unknown;
  update(parameter: ContextParameter, value: number): void;
}

export type ReadSideInput = (
  sideInputId: string,
  window: IntervalWindow,
) => readonly unknown[] | Promise<readonly unknown[]>;

/** The values of all side inputs, for one window of the main input. */
export type SideInputValues = ReadonlyMap<string, unknown>;

export const NO_SIDE_INPUTS: SideInputValues = new Map();

export class SdkContext implements ParameterProvider {
  /** The context that the DoFn gets: a copy of the author's object whose parameters can be looked up. */
  readonly forDoFn: unknown;
  private readonly sideInputs = new Map<string, ContextParameter>();
  private latest: { readonly window: IntervalWindow; readonly values: SideInputValues } | undefined;
  private current: WindowedValue<unknown> | undefined;
  private currentSideInputs: SideInputValues = NO_SIDE_INPUTS;

  constructor(
    context: unknown,
    private readonly metrics: Metrics,
    private readonly readSideInput: ReadSideInput,
  ) {
    this.forDoFn = typeof context === "object" && context !== null ? this.activate(context) : context;
  }

  /** True when the DoFn can see windows, so that an element in several windows must be processed once for each. */
  get observesWindow(): boolean {
    return this.forDoFn !== undefined;
  }

  startBundle(): void {
    this.latest = undefined;
  }

  /** Reads the side inputs for a window. Returns a promise when they must be fetched. */
  prepare(window: IntervalWindow): SideInputValues | Promise<SideInputValues> {
    if (this.sideInputs.size === 0) return NO_SIDE_INPUTS;
    const { latest } = this;
    if (latest?.window.startMs === window.startMs && latest.window.endMs === window.endMs) return latest.values;
    const values = new Map<string, unknown>();
    const fetches: Promise<unknown>[] = [];
    for (const [id, { accessor }] of this.sideInputs) {
      const keep = (elements: readonly unknown[]): unknown => values.set(id, accessor?.toValue(elements));
      const elements = this.readSideInput(id, window);
      if (elements instanceof Promise) fetches.push(elements.then(keep));
      else keep(elements);
    }
    const remember = (): SideInputValues => {
      this.latest = { window, values };
      return values;
    };
    return fetches.length === 0 ? remember() : Promise.all(fetches).then(remember);
  }

  enter(element: WindowedValue<unknown>, sideInputs: SideInputValues): void {
    this.current = element;
    this.currentSideInputs = sideInputs;
  }

  leave(): void {
    this.current = undefined;
  }

  lookup(parameter: ContextParameter): unknown {
    const { current } = this;
    const window = current?.windows[0];
    if (current === undefined || window === undefined) {
      throw new UsageError(`The ${parameter.parDoParamName} of an element is known only while it is processed.`);
    }
    switch (parameter.parDoParamName) {
      case "window":
        return toSdkWindow(window);
      case "timestamp":
        return toSdkInstant(current.timestampMs);
      case "paneinfo":
        return toSdkPane(current.pane);
      case "sideInput":
        return this.currentSideInputs.get(parameter.sideInputId ?? "");
      default:
        throw new UsageError(`Unknown context parameter "${parameter.parDoParamName}".`);
    }
  }

  update(parameter: ContextParameter, value: number): void {
    const { metricType, name = "" } = parameter;
    if (metricType === "beam:metric:user:sum_int64:v1") this.metrics.counter(name).inc(value);
    else if (metricType === "beam:metric:user:distribution_int64:v1") this.metrics.distribution(name).update(value);
    else throw new UsageError(`Unknown kind of metric "${metricType ?? parameter.parDoParamName}".`);
  }

  private activate(context: object): unknown {
    const active = Object.create(context) as Record<string, unknown>;
    for (const [name, value] of Object.entries(context)) {
      if (!isParameter(value)) continue;
      const parameter = Object.create(value) as ContextParameter;
      parameter.provider = this;
      active[name] = parameter;
      const { sideInputId } = parameter;
      if (sideInputId !== undefined) this.sideInputs.set(sideInputId, parameter);
    }
    return active;
  }
}

function isParameter(value: unknown): value is ContextParameter {
  return typeof value === "object" && value !== null && "parDoParamName" in value;
}
