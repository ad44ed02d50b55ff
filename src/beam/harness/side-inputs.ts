import { Reader } from "protobufjs";
import type { SideInputReader } from "../operators/contract";
import { CoderContext, type ComponentsProto } from "../sdk";
import type { fnApi } from "../sdk-fn-api";
import type { IntervalWindow } from "../values";
import { JobError } from "../../errors";
import type { StateChannel } from "./state";
import { elementCoder, encodeWindow, windowKind } from "./windowed-value-codec";

/** Values kept across bundles, per cache token; a new token begins anew, which also bounds the cache. */
const MAX_CACHED_WINDOWS = 100;

/**
 * Side inputs of one processor, read through the state service. `begin` starts a bundle: without the runner's cache
 * token nothing outlives it.
 */
export class FnApiSideInputs implements SideInputReader {
  private readonly cached = new Map<string, Promise<readonly unknown[]>>();
  private instructionId = "";
  private token: string | undefined;

  constructor(
    private readonly components: ComponentsProto,
    private readonly channel: () => StateChannel,
  ) {}

  begin(instructionId: string, cacheTokens: readonly fnApi.ProcessBundleRequest_CacheToken[]): void {
    const tokens = cacheTokens.filter(({ type }) => type.oneofKind === "sideInput");
    const token = tokens.length === 0 ? undefined : tokens.map((own) => Buffer.from(own.token).toString("hex")).join();
    if (token === undefined || token !== this.token) this.cached.clear();
    this.token = token;
    this.instructionId = instructionId;
  }

  read(transformId: string, sideInputId: string, window: IntervalWindow): Promise<readonly unknown[]> {
    const key = `${transformId}/${sideInputId}/${window.startMs}/${window.endMs}`;
    let values = this.cached.get(key);
    if (values === undefined) {
      if (this.cached.size >= MAX_CACHED_WINDOWS) this.cached.clear();
      this.cached.set(key, (values = this.fetch(transformId, sideInputId, window)));
    }
    return values;
  }

  private async fetch(transformId: string, sideInputId: string, window: IntervalWindow): Promise<readonly unknown[]> {
    const pcollectionId = this.components.transforms[transformId]?.inputs[sideInputId];
    const collection = pcollectionId === undefined ? undefined : this.components.pcollections[pcollectionId];
    const strategy = collection && this.components.windowingStrategies[collection.windowingStrategyId];
    if (collection === undefined || strategy === undefined) {
      throw new JobError("PIPELINE", `The side input ${sideInputId} is not part of the bundle's descriptor.`);
    }
    const encodedWindow = encodeWindow(window, windowKind(strategy.windowCoderId, this.components));
    const iterableSideInput = { transformId, sideInputId, window: encodedWindow };
    const data = await this.channel().get(this.instructionId, {
      type: { oneofKind: "iterableSideInput", iterableSideInput },
    });
    const coder = elementCoder(collection.coderId, this.components);
    const reader = new Reader(data);
    const values: unknown[] = [];
    while (reader.pos < reader.len) values.push(coder.decode(reader, CoderContext.needsDelimiters));
    return values;
  }
}
