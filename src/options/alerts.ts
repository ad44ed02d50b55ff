/** The options of alerts. */
import { readFileSync } from "node:fs";
import type { AlertingSettings } from "../alerts";
import { parseAlertRules } from "../chat/alerts/parse-rules";
import { type AlertRules, BUILT_IN_RULES } from "../chat/alerts/rules";
import { JobError } from "../chat/errors";
import { duration, endpoint, text } from "./kinds";
import { option, optional } from "./spec";
import type { OptionValues } from "./table";

export const ALERTS = {
  alertRules: optional(text("file"), "JSON file of words and patterns of your own that raise alerts", {
    otherwise: "the built-in rules: cards, addresses of e-mail, words of self-harm and threat",
  }),
  alertCooldown: option(
    duration("1s", "24h"),
    "5m",
    "Messages of one session key raise one alert of a kind in each window of this size; further ones are counted",
  ),
  pageUrl: optional(endpoint([]), "Address of the page that shows sessions, for links in alerts", {
    otherwise: "alerts have no link",
  }),
} as const;

const FLAG = "--alert-rules";

/** The built-in rules for undefined; a text that begins with a brace is the JSON itself. Throws `JobError` BAD_OPTION. */
export function alertRulesOf(given: string | undefined): AlertRules {
  if (given === undefined) return BUILT_IN_RULES;
  if (given.startsWith("{")) return parseAlertRules(given, FLAG);
  const source = `${FLAG} ${given}`;
  try {
    return parseAlertRules(readFileSync(given, "utf8"), source);
  } catch (cause) {
    if (cause instanceof JobError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const what = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    const example = "give a JSON file of rules, such as docs/examples/alert-rules.json";
    throw new JobError("BAD_OPTION", `${source}: ${what}; ${example}.`, { cause });
  }
}

export function alertSettings(values: OptionValues, rules: AlertRules): AlertingSettings {
  const { alertCooldown: cooldownMs, sessionGap: gapMs, pageUrl } = values;
  return { rules, cooldownMs, gapMs, attributes: [], ...(pageUrl === undefined ? {} : { pageUrl }) };
}
