/**
 * The only importer of apache-beam's internals and of the untyped parts of its protos. All other code imports the SDK
 * from here, so that an upgrade changes one folder.
 */
import "./home";
// Must be first: the SDK's modules import one another in circles, and only this entry loads them all in order.
import "apache-beam";
import "./derived-properties";
import "./double";
import "./general-object";
import "./length-prefix";
import "./str-utf8";
import "./var-int";
import type Long from "long";
import { globalRegistry } from "apache-beam/coders/coders";
import { Pipeline, PipelineContext } from "apache-beam/internal/pipeline";
import { deserializeFn } from "apache-beam/internal/serialize";
import { requireForSerialization } from "apache-beam/serialization";
import type * as runnerApi from "apache-beam/proto/beam_runner_api";

export * as runnerApi from "apache-beam/proto/beam_runner_api";
export { globalRegistry as coderRegistry, Context as CoderContext } from "apache-beam/coders/coders";
export type { Coder } from "apache-beam/coders/coders";
/** The SDK's coder for PCollections without an explicit one. */
export { GeneralObjectCoder as DefaultCoder } from "apache-beam/coders/js_coders";
export { BytesCoder, IterableCoder, KVCoder } from "apache-beam/coders/required_coders";
export { GlobalWindowCoder } from "apache-beam/coders/required_coders";
export { DoubleCoder, IntervalWindowCoder, StrUtf8Coder, VarIntCoder } from "apache-beam/coders/standard_coders";
export {
  FixedWindowsPayload,
  SessionWindowsPayload,
  SlidingWindowsPayload,
} from "apache-beam/proto/standard_window_fns";
export * as sdkUrns from "apache-beam/internal/urns";
export { GlobalWindow as SdkGlobalWindow, IntervalWindow as SdkIntervalWindow, Timing as SdkTiming } from "apache-beam";
export type { PaneInfo as SdkPaneInfo, Window as SdkWindow, WindowedValue as SdkWindowedValue } from "apache-beam";
export type { DoFn as SdkDoFn } from "apache-beam";
export type { WindowFn as SdkWindowFn } from "apache-beam/transforms/window";
export {
  globalWindows,
  withName,
  windowParam,
  timestampParam,
  paneInfoParam,
  counter,
  distribution,
} from "apache-beam";
export * from "./typed";
export { Pipeline, PipelineContext, deserializeFn };

export type ComponentsProto = runnerApi.Components;
export type TransformProto = runnerApi.PTransform;
export type PipelineProto = runnerApi.Pipeline;
export type WindowingStrategyProto = runnerApi.WindowingStrategy;
export type BoundednessProto = runnerApi.IsBounded_Enum;
export type SdkInstant = Long;

/** Returns the URNs of all coders that are registered in this process. */
export function coderUrns(): string[] {
  return Object.keys((globalRegistry() as unknown as { internal_registry: object }).internal_registry);
}

const registered = new Map<string, unknown>();

/**
 * Registers classes, whose instances are then sent by name instead of by source text. The same module must be imported,
 * under the same name, wherever the pipeline runs. Throws a TypeError when another class has the name.
 */
export function registerForSerialization(moduleName: string, classes: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(classes)) {
    const qualified = `${moduleName}.${name}`;
    if (registered.has(qualified) && registered.get(qualified) !== value) {
      throw new TypeError(`Two classes are registered as "${qualified}": give their modules different names.`);
    }
    registered.set(qualified, value);
  }
  requireForSerialization(`beam-streaming/${moduleName}`, classes);
}
