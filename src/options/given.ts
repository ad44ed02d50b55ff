import type { Origin } from "./command-line";
import type { OptionKey, OptionValues } from "./table";

/** All options as they were given, each of them checked by itself. */
export interface Given {
  readonly values: OptionValues;
  readonly origins: Readonly<Record<OptionKey, Origin>>;
  readonly password: string | undefined;
}

/** Services that are embedded; a real one takes the place of each that is false. */
export interface Embedded {
  readonly kinesis: boolean;
  readonly bedrock: boolean;
  readonly opensearch: boolean;
  /** The receiver of alerts. */
  readonly receiver: boolean;
}

export function embeddedServices({ values }: Given): Embedded {
  const isEmbedded = (endpoint: string | undefined): boolean =>
    (endpoint ?? (values.local ? "local" : "aws")) === "local";
  const opensearch = isEmbedded(values.opensearchEndpoint);
  return {
    kinesis: values.input === undefined && isEmbedded(values.kinesisEndpoint),
    bedrock: isEmbedded(values.bedrockEndpoint),
    opensearch,
    receiver: (values.alertWebhook ?? (opensearch ? "local" : "none")) === "local",
  };
}
