/** The settings that come of the options of alerts. */
import path from "node:path";
import { DEFAULT_MAX_WAITING, type AlertingSettings } from "../alerts";
import { parseAlertRules } from "../chat/alerts/parse-rules";
import { type AlertRules, BUILT_IN_RULES } from "../chat/alerts/rules";
import { WEBHOOK, wrappedKey } from "../chat/privacy/wrapped-key";
import { EVENTBRIDGE_TIMEOUT_MS } from "../io/eventbridge/settings";
import { type WebhookKey, WEBHOOK_TIMEOUT_MS } from "../io/webhook/settings";
import { readGivenJson } from "./given-json";
import type { OptionValues } from "./table";

const ADVICE = "give a JSON file of rules, such as docs/examples/alert-rules.json";

/**
 * The built-in rules for undefined; a text that begins with a brace is the JSON itself. Throws `JobError` BAD_OPTION.
 */
export function alertRulesOf(given: string | undefined): AlertRules {
  if (given === undefined) return BUILT_IN_RULES;
  const { text, source } = readGivenJson("--alert-rules", given, ADVICE);
  return parseAlertRules(text, source);
}

/**
 * The file's content in as few characters as can be, for a job that has no such file. Throws as `alertRulesOf` does.
 */
export function alertRulesJson(given: string): string {
  const { text, source } = readGivenJson("--alert-rules", given, ADVICE);
  parseAlertRules(text, source);
  return JSON.stringify(JSON.parse(text));
}

/** Where the embedded receiver's key is. */
export function receiverKeyFile(dataDirectory: string): string {
  return path.join(dataDirectory, "receiver", "key");
}

/** `receiver` is the address of the embedded one, where it runs. */
export function alertSettings(values: OptionValues, rules: AlertRules, receiver: string | undefined): AlertingSettings {
  const { alertCooldown: cooldownMs, sessionGap: gapMs, pageUrl, alertMaxWait: maxWaitMs } = values;
  const patience = { maxWaitMs, maxWaiting: DEFAULT_MAX_WAITING };
  const webhook = webhookOf(values, receiver);
  const { alertBus: bus, region, eventbridgeEndpoint: endpoint } = values;
  const connection = endpoint === undefined || endpoint === "aws" ? { region } : { region, endpoint };
  return {
    ...{ rules, cooldownMs, gapMs, patience },
    attributes: values.alertAttributes ?? [],
    ...(pageUrl === undefined ? {} : { pageUrl }),
    ...(webhook === undefined ? {} : { webhook: { ...webhook, requestTimeoutMs: WEBHOOK_TIMEOUT_MS } }),
    ...(bus === undefined ? {} : { eventBridge: { connection, bus, requestTimeoutMs: EVENTBRIDGE_TIMEOUT_MS } }),
  };
}

function webhookOf(
  { alertWebhook: url, alertWebhookKey, alertWebhookKeyWrapped: wrapped, alertWebhookKmsKey, dataDir }: OptionValues,
  receiver: string | undefined,
): { readonly url: string; readonly key: WebhookKey } | undefined {
  if (url === undefined || url === "local" || url === "none")
    return receiver === undefined
      ? undefined
      : { url: receiver, key: { path: receiverKeyFile(path.resolve(dataDir)) } };
  if (wrapped !== undefined && alertWebhookKmsKey !== undefined)
    return { url, key: { wrapped: wrappedKey(wrapped, WEBHOOK), keyArn: alertWebhookKmsKey } };
  return { url, key: { path: path.resolve(alertWebhookKey ?? "") } };
}
