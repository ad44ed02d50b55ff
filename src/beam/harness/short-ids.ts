import { MonitoringInfo } from "../sdk/fn-api";

/**
 * Short names for monitoring infos (Beam's monitoring_info_short_ids protocol). An answer carries only a short id and
 * the payload, and the runner asks once for its meaning. There are as many ids as the pipeline has metrics.
 */
export class ShortIds {
  private readonly idByKey = new Map<string, string>();
  private readonly infoById = new Map<string, MonitoringInfo>();

  /** Returns the payloads by short id. */
  dataOf(infos: readonly MonitoringInfo[]): Record<string, Uint8Array> {
    return Object.fromEntries(infos.map((info) => [this.idOf(info), info.payload]));
  }

  /** Returns the full infos of these ids, without payload. Unknown ids are left out. */
  infosOf(ids: readonly string[]): Record<string, MonitoringInfo> {
    const known = ids.flatMap((id) => {
      const info = this.infoById.get(id);
      return info === undefined ? [] : [[id, info] as const];
    });
    return Object.fromEntries(known);
  }

  private idOf({ urn, type, labels }: MonitoringInfo): string {
    const key = JSON.stringify([urn, Object.entries(labels).sort()]);
    let id = this.idByKey.get(key);
    if (id === undefined) {
      id = this.idByKey.size.toString(36);
      this.idByKey.set(key, id);
      this.infoById.set(id, MonitoringInfo.create({ urn, type, labels }));
    }
    return id;
  }
}
