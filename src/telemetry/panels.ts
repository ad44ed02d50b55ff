/**
 * The panels of the dashboards. Grafana's (docs/examples/grafana.json) and CloudWatch's are both made from this, so
 * that they show the same.
 */
import type { MetricRow } from "./row";
import { rowOf } from "./table";

export interface Panel {
  readonly title: string;
  readonly unit: "short" | "s" | "currencyUSD";
  /** Counters are shown by their gain in so many seconds. */
  readonly gainS: number;
  readonly lines: readonly Line[];
}

export type Line =
  /** The gain of a counter, or of what a histogram recorded: in all, or a line for each of the labels' values. */
  | { readonly shows: "gain"; readonly row: MetricRow; readonly label: string }
  | { readonly shows: "gain"; readonly row: MetricRow; readonly by: readonly string[] }
  /** The largest value of a gauge, or the sum of all its series. */
  | { readonly shows: "max" | "sum"; readonly row: MetricRow; readonly label: string }
  /** The value that this share of what was recorded does not exceed. Failed operations do not count. */
  | {
      readonly shows: "quantile";
      readonly row: MetricRow;
      readonly share: number;
      readonly label: string;
      readonly by?: readonly string[];
    };

const MINUTE_S = 60;
const HOUR_S = 3_600;

function gain(name: string, label: string): Line {
  return { shows: "gain", row: rowOf(name), label };
}

function gainBy(name: string, ...by: readonly string[]): Line {
  return { shows: "gain", row: rowOf(name), by };
}

function most(name: string, label: string): Line {
  return { shows: "max", row: rowOf(name), label };
}

function quantiles(name: string, shares: readonly number[], ...by: readonly string[]): readonly Line[] {
  return shares.map((share) => ({ shows: "quantile", row: rowOf(name), share, label: `p${share * 100}`, by }));
}

function perMinute(title: string, ...lines: readonly Line[]): Panel {
  return { title, unit: "short", gainS: MINUTE_S, lines };
}

function inSeconds(title: string, ...lines: readonly Line[]): Panel {
  return { title, unit: "s", gainS: MINUTE_S, lines };
}

export const PANELS: readonly Panel[] = [
  perMinute(
    "Messages and sessions a minute",
    gain("chat_sessions.messages.read", "messages read"),
    gain("chat_sessions.sessions.closed", "sessions"),
  ),
  inSeconds(
    "Behind the stream",
    most("chat_sessions.lag", "age of the newest record read"),
    most("chat_sessions.stream.lag", "as Kinesis sees it"),
    most("chat_sessions.watermark.lag", "its watermark behind the clock"),
  ),
  inSeconds("From a session's end to the index", ...quantiles("chat_sessions.freshness", [0.5, 0.95, 0.99])),
  perMinute(
    "Documents a minute",
    gain("chat_sessions.documents.written", "indexed"),
    gain("chat_sessions.dead_letters", "dead letters, in messages"),
  ),
  perMinute("Dead letters a minute, by code", gainBy("chat_sessions.dead_letters", "code")),
  perMinute(
    "Calls turned down or repeated a minute",
    gain("chat_sessions.calls.throttled", "throttles"),
    gain("chat_sessions.calls.retried", "retries"),
  ),
  perMinute("Repeated a minute, by stage and cause", gainBy("chat_sessions.calls.retried", "stage", "error.type")),
  perMinute("Tokens a minute", gainBy("gen_ai.client.token.usage", "stage", "gen_ai.token.type")),
  {
    title: "US dollars an hour, by list prices",
    unit: "currencyUSD",
    gainS: HOUR_S,
    lines: [gainBy("chat_sessions.cost", "stage")],
  },
  inSeconds("Calls to models that were answered", ...quantiles("gen_ai.client.operation.duration", [0.95], "stage")),
  inSeconds("Bulk requests to OpenSearch", ...quantiles("db.client.operation.duration", [0.5, 0.95])),
  {
    title: "Open sessions",
    unit: "short",
    gainS: MINUTE_S,
    lines: [{ shows: "sum", row: rowOf("chat_sessions.sessions.open"), label: "open" }],
  },
  perMinute(
    "Messages that were there already a minute",
    gain("chat_sessions.messages.duplicates", "duplicates"),
    gain("chat_sessions.messages.already_indexed", "in the index before"),
    gain("chat_sessions.messages.late", "late"),
  ),
  perMinute(
    "Alerts a minute",
    gain("chat_sessions.alerts.raised", "raised"),
    gain("chat_sessions.alerts.suppressed", "suppressed"),
    gain("chat_sessions.alerts.undelivered", "not taken"),
  ),
  perMinute("Alerts taken a minute, by receiver", gainBy("chat_sessions.alerts.delivered", "receiver")),
  inSeconds(
    "From a record to the receiver of its alert",
    ...quantiles("chat_sessions.alerts.latency", [0.5, 0.95, 0.99], "receiver"),
  ),
];
