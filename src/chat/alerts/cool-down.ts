import {
  afterCount,
  doFn,
  fixedWindowsMs,
  globalWindows,
  groupByKey,
  type KV,
  KVCoder,
  type PCollection,
  repeatedly,
  StrUtf8Coder,
  windowing,
  windowInto,
  withName,
} from "../../beam";
import { alertCoder } from "../coders/alert";
import type { Alert } from "./alert";
import type { AlertSettings } from "./settings";

const keyAlerts = doFn("keyAlerts", {
  outputs: { main: new KVCoder(new StrUtf8Coder(), alertCoder) },
  open: () => ({
    process(alert: Alert, emit) {
      void emit("main", { key: `${alert.sessionKeyHash} ${alert.kind}`, value: alert });
    },
  }),
});

/** Counter: alertsSuppressed. */
const firstOfWindow = doFn("firstOfWindow", {
  outputs: { main: alertCoder },
  open(_settings: void, { metrics }) {
    const suppressed = metrics.counter("alertsSuppressed");
    return {
      process({ value }: KV<string, Iterable<Alert>>, emit, { pane }) {
        const [first, ...others] = [...value];
        if (first === undefined) return;
        const isFirst = pane.index === 0;
        if (isFirst) void emit("main", first);
        suppressed.inc(others.length + (isFirst ? 0 : 1));
      },
    };
  },
});

/**
 * Lets the first alert of a session key and kind through in each window of the cool-down, at once, and counts the
 * others. Windows are of event time, so a replay has the same ones. A message that is on time lies less than the
 * sessions' gap behind the watermark, and a late one comes at its arrival: so nothing is dropped.
 */
export function coolDown({ cooldownMs, gapMs }: AlertSettings) {
  const strategy = windowing({
    trigger: repeatedly(afterCount(1)),
    accumulation: "discarding",
    allowedLatenessMs: gapMs,
  });
  return withName("coolDown", (alerts: PCollection<Alert>): PCollection<Alert> => {
    const keyed = alerts.apply(keyAlerts()).main;
    const windowed = keyed.apply(withName("window", windowInto(fixedWindowsMs(cooldownMs), strategy)));
    const first = windowed.apply(groupByKey()).apply(firstOfWindow()).main;
    return first.apply(withName("global", windowInto(globalWindows())));
  });
}
