/** Rules between the options of alerts. */
import type { Given } from "./given";

type Rule = (given: Given) => string | false | undefined;

export const ALERT_RULES: readonly Rule[] = [
  ({ values: { alertWebhook: url, alertWebhookKey: key } }) =>
    isAddress(url) &&
    key === undefined &&
    "--alert-webhook needs --alert-webhook-key with the file of a key that signs.",
  ({ values: { alertWebhook: url, alertWebhookKey: key } }) =>
    !isAddress(url) &&
    key !== undefined &&
    "--alert-webhook-key is only of use with the address of an --alert-webhook.",
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
