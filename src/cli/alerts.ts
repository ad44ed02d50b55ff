import { SEVERITIES } from "../chat/detectors/entities";
import { JobError } from "../chat/errors";
import { keyHash } from "../chat/steps/ids/key-hash";
import { getAlert, listAlerts } from "../io/opensearch/alerts/alert-log";
import { alertIndexOf } from "../io/opensearch/settings";
import { readCommandLine } from "../options/command-line";
import { ALERT_LOG } from "../options/commands";
import type { ValuesOf } from "../options/spec";
import { alertsTable, alertText } from "./alerts-text";
import { openServices, SERVICE_OPTIONS, type ServiceFlags } from "./services";
import { safeJson } from "./terminal/safe-text";

const INFO = {
  usage: "npm run alerts --",
  says: "Shows the log of alerts: what was told of sensitive messages and sessions, without what they say.",
  operand: "list|show",
  after: [
    "list                the newest ones",
    "show <id>           one alert with all that it tells",
    "",
    "Examples:",
    "  npm run alerts -- list --severity high --from 2026-01-31",
    "  npm run alerts -- list --user alice",
  ].join("\n"),
} as const;

/** Runs `npm run alerts`. Resolves with the text to print. Rejects with `JobError` or `HelpWanted`. */
export async function alerts(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  screenWidth: number,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Alerts: ALERT_LOG, Services: SERVICE_OPTIONS }, INFO, argv, environment);
  // The cast is sound, because the same tables have read the values.
  const values = line.values as ValuesOf<typeof ALERT_LOG> & ServiceFlags["values"];
  const [action = "list", id, ...rest] = line.operands;
  if (!["list", "show"].includes(action)) {
    throw new JobError("BAD_OPTION", `"${action.slice(0, 60)}" is not known here: say list or show.`);
  }
  if (rest.length > 0 || (action === "list" && id !== undefined)) {
    throw new JobError("BAD_OPTION", "One alert at a time: give show a single id.");
  }
  if (action === "show" && id === undefined) {
    throw new JobError("BAD_OPTION", "Which one? npm run alerts -- show <id>; list tells ids.");
  }
  const services = await openServices({ values, origins: line.origins }, false, say);
  try {
    const index = alertIndexOf(services.index);
    if (id !== undefined) {
      const found = await getAlert(services.openSearch, index, id);
      if (found === undefined) throw new JobError("BAD_OPTION", "There is no alert of that id; list shows the newest.");
      return values.json ? safeJson(found) : alertText(found);
    }
    const { kind, lane, severity, user, from: fromMs, to: toMs, limit } = values;
    const severities = severity === undefined ? undefined : SEVERITIES.slice(SEVERITIES.indexOf(severity));
    const filter = { kind, lane, severities, keyHash: user === undefined ? undefined : keyHash(user), fromMs, toMs };
    const { total, alerts: found } = await listAlerts(services.openSearch, index, filter, limit);
    return values.json ? safeJson({ total, alerts: found }) : alertsTable(found, total, screenWidth);
  } finally {
    await services.close();
  }
}
