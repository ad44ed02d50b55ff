/** Rules between the options of alerts. */
import type { Given } from "./given";
import { flagName } from "./spec";

const KEYS = ["alertWebhookKey", "alertWebhookKeyWrapped", "alertWebhookKmsKey"] as const;

type Rule = (given: Given) => string | false | undefined;

export const ALERT_RULES: readonly Rule[] = [
  ({ values: { alertWebhook: url, alertWebhookKey: file, alertWebhookKeyWrapped: wrapped } }) =>
    isAddress(url) &&
    file === undefined &&
    wrapped === undefined &&
    "--alert-webhook needs a key that signs: --alert-webhook-key with its file, or --alert-webhook-key-wrapped, made by KMS (docs/alerts.md).",
  ({ values: { alertWebhook: url, ...values } }) => {
    const stray = KEYS.find((key) => values[key] !== undefined);
    if (isAddress(url) || stray === undefined) return undefined;
    return `--${flagName(stray)} is only of use with the address of an --alert-webhook.`;
  },
  ({ values: { alertWebhookKey: file, alertWebhookKeyWrapped: wrapped } }) =>
    file !== undefined &&
    wrapped !== undefined &&
    "--alert-webhook-key-wrapped contradicts --alert-webhook-key: leave one of them out.",
  ({ values: { alertWebhookKeyWrapped: wrapped, alertWebhookKmsKey: arn } }) => {
    if (wrapped !== undefined && arn === undefined)
      return "--alert-webhook-key-wrapped needs --alert-webhook-kms-key, the ARN of the KMS key that wrapped it.";
    if (wrapped === undefined && arn !== undefined)
      return "--alert-webhook-kms-key is only of use with --alert-webhook-key-wrapped, a key that it has encrypted (docs/alerts.md).";
    return undefined;
  },
  ({ values, origins }) =>
    values.alertBus === undefined &&
    origins.eventbridgeEndpoint === "flag" &&
    "--eventbridge-endpoint is only of use with --alert-bus.",
  ({ values: { alertAttributes = [], attributes = [] } }) => {
    const unknown = alertAttributes.find((name) => !attributes.some((each) => each.name === name));
    return (
      unknown !== undefined &&
      `--alert-attributes names "${unknown.slice(0, 60)}", which --attributes does not have: add it there.`
    );
  },
];

function isAddress(url: string | undefined): boolean {
  return url !== undefined && url !== "local" && url !== "none";
}
