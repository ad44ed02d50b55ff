/** The options of the embedded services. */
import { count, duration, onOff, text } from "./kinds";
import { option } from "./spec";

export const LOCAL = {
  local: option(onOff, "true", "Run no embedded services: all three are real"),
  dataDir: option(text("folder"), ".local", "Folder of the embedded services' data"),
  sample: option(onOff, "true", "Do not feed the sample chat into an embedded stream that is new"),
  shards: option(count(1, 100), "4", "Shards of a new embedded stream"),
  localBedrockLatency: option(duration("0ms", "1m"), "50ms", "Time that the embedded Bedrock takes for an answer"),
  localEncoder: option(
    onOff,
    "true",
    "Let the embedded Bedrock's vectors know words only, not meanings; a data folder keeps what it began with",
  ),
} as const;
