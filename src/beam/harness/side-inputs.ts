/**
 * Reads side inputs through the state service.
 *
 * 1. Within a bundle, each side input is fetched once per window, as long as at most `MAX_WINDOWS` are in use.
 * 2. Across bundles, values are kept only under the cache token that the runner gave for that side input. The cache is
 *    shared by all processors of the worker and holds up to `MAX_CACHED_BYTES` of encoded values; the least recently
 *    used are evicted.
 */
import { Reader } from "protobufjs";
import type { SideInputReader } from "../operators/contract";
import { CoderContext, type ComponentsProto } from "../sdk";
import type { fnApi } from "../sdk/fn-api";
import type { IntervalWindow } from "../values";
import { BeamError } from "../error";
import type { StateChannel } from "./state";
import { elementCoder, encodeWindow, windowKind } from "./windowed-value-codec";

const MAX_WINDOWS = 100;
const MAX_CACHED_BYTES = 64 * 1024 * 1024;

interface SideInputValues {
  readonly values: readonly unknown[];
  readonly bytes: number;
}

/** The cache that all bundles of the worker share. */
export class SideInputCache {
  private readonly entries = new Map<string, SideInputValues>();
  private bytes = 0;

  constructor(private readonly maxBytes = MAX_CACHED_BYTES) {}

  get(key: string): SideInputValues | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined) {
      // Moves the entry to the end: a Map keeps the order of insertion, so the first entry is the least recently used.
      this.entries.delete(key);
      this.entries.set(key, entry);
    }
    return entry;
  }

  put(key: string, entry: SideInputValues): void {
    this.drop(key);
    if (entry.bytes > this.maxBytes) return;
    this.entries.set(key, entry);
    this.bytes += entry.bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.maxBytes) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.bytes -= this.entries.get(key)?.bytes ?? 0;
    this.entries.delete(key);
  }
}

/** The side inputs of one processor, for one bundle at a time, from `begin` to `end`. */
export class FnApiSideInputs implements SideInputReader {
  private readonly fetches = new Map<string, Promise<readonly unknown[]>>();
  private readonly tokens = new Map<string, string>();
  private instructionId = "";

  constructor(
    private readonly components: ComponentsProto,
    private readonly channel: () => StateChannel,
    private readonly cache: SideInputCache,
  ) {}

  begin(instructionId: string, cacheTokens: readonly fnApi.ProcessBundleRequest_CacheToken[]): void {
    this.instructionId = instructionId;
    this.tokens.clear();
    for (const { type, token } of cacheTokens) {
      if (type.oneofKind !== "sideInput") continue;
      const { transformId, sideInputId } = type.sideInput;
      this.tokens.set(`${transformId}/${sideInputId}`, Buffer.from(token).toString("hex"));
    }
  }

  end(): void {
    this.fetches.clear();
  }

  read(
    transformId: string,
    sideInputId: string,
    window: IntervalWindow,
  ): readonly unknown[] | Promise<readonly unknown[]> {
    const token = this.tokens.get(`${transformId}/${sideInputId}`);
    const key = `${transformId}/${sideInputId}/${window.startMs}/${window.endMs}`;
    const cacheKey = token === undefined ? undefined : `${token}/${key}`;
    const cached = cacheKey === undefined ? undefined : this.cache.get(cacheKey);
    if (cached !== undefined) return cached.values;
    let fetching = this.fetches.get(key);
    if (fetching === undefined) {
      if (this.fetches.size >= MAX_WINDOWS) this.fetches.clear();
      fetching = this.fetch(transformId, sideInputId, window).then((fetched) => {
        if (cacheKey !== undefined) this.cache.put(cacheKey, fetched);
        return fetched.values;
      });
      this.fetches.set(key, fetching);
    }
    return fetching;
  }

  private async fetch(transformId: string, sideInputId: string, window: IntervalWindow): Promise<SideInputValues> {
    const pcollectionId = this.components.transforms[transformId]?.inputs[sideInputId];
    const collection = pcollectionId === undefined ? undefined : this.components.pcollections[pcollectionId];
    const strategy = collection && this.components.windowingStrategies[collection.windowingStrategyId];
    if (collection === undefined || strategy === undefined) {
      throw new BeamError("PIPELINE", `The side input ${sideInputId} is not part of the bundle's descriptor.`);
    }
    const encodedWindow = encodeWindow(window, windowKind(strategy.windowCoderId, this.components));
    const iterableSideInput = { transformId, sideInputId, window: encodedWindow };
    const data = await this.channel().get(this.instructionId, {
      type: { oneofKind: "iterableSideInput", iterableSideInput },
    });
    const coder = elementCoder(collection.coderId, this.components);
    const reader = Reader.create(data);
    const values: unknown[] = [];
    while (reader.pos < reader.len) values.push(coder.decode(reader, CoderContext.needsDelimiters));
    return { values, bytes: data.length };
  }
}
