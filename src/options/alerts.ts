/** The options of alerts. */
import { duration, endpoint, type Kind, kmsKey, text } from "./kinds";
import { option, optional } from "./spec";

const names: Kind<readonly string[]> = {
  placeholder: "names",
  range: "with commas between",
  parse(given) {
    const found = given.split(",").map((name) => name.trim());
    return found.every((name) => name !== "") ? { value: found } : { mustBe: "names with commas between" };
  },
};

export const ALERTS = {
  alertRules: optional(text("file"), "JSON file of words and patterns of your own that raise alerts", {
    otherwise:
      "the built-in rules: cards, IBANs, e-mail addresses, phone numbers, credentials, words of self-harm and threat",
  }),
  alertWebhook: optional(
    endpoint(["local", "none"]),
    "Where alerts are posted: an address, the embedded receiver (local), or none",
    { otherwise: "local beside the embedded OpenSearch, else none" },
  ),
  alertWebhookKey: optional(text("file"), "File with the key that signs what is posted, on each host of workers", {
    otherwise: "needed with an address, or a wrapped one",
  }),
  alertWebhookKeyWrapped: optional(
    text("base64|file"),
    "The same key as AWS KMS has encrypted it, in base64 or in a file; each worker has KMS decrypt it once",
  ),
  alertWebhookKmsKey: optional(kmsKey, "The KMS key that decrypts --alert-webhook-key-wrapped"),
  alertBus: optional(text("bus"), "Name or ARN of an event bus of EventBridge that gets alerts", {
    otherwise: "none",
  }),
  eventbridgeEndpoint: optional(endpoint(["aws"]), "Where EventBridge is: the region's own (aws), or an address", {
    otherwise: "aws",
    alsoEnvironment: ["AWS_ENDPOINT_URL_EVENTBRIDGE"],
  }),
  alertCooldown: option(
    duration("1s", "24h"),
    "5m",
    "Messages of one session key raise one alert of a kind in each window of this size; further ones are counted",
  ),
  alertMaxWait: option(
    duration("1s", "1h"),
    "5m",
    "An alert that a receiver has not taken for this long becomes a dead letter",
  ),
  alertAttributes: optional(names, "Names of --attributes that alerts tell", { otherwise: "none" }),
  pageUrl: optional(endpoint([]), "Address of the page that shows sessions, for links in alerts", {
    otherwise: "the page beside the job, where there is one; else alerts have no link",
  }),
} as const;
