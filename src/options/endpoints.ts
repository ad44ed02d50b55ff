/** Addresses of the services. */
import type { OptionValues } from "./table";

export interface Endpoints {
  readonly kinesis?: string;
  readonly bedrock?: string;
  readonly opensearch?: string;
  /** The embedded receiver of alerts. */
  readonly receiver?: string;
}

/** The addresses that options give; none for an embedded service, nor for a region's own endpoint. */
export function givenEndpoints(values: OptionValues): Endpoints {
  const address = (endpoint: string | undefined): string | undefined =>
    endpoint === "local" || endpoint === "aws" ? undefined : endpoint;
  const kinesis = address(values.kinesisEndpoint);
  const bedrock = address(values.bedrockEndpoint);
  const opensearch = address(values.opensearchEndpoint);
  return {
    ...(kinesis === undefined ? {} : { kinesis }),
    ...(bedrock === undefined ? {} : { bedrock }),
    ...(opensearch === undefined ? {} : { opensearch }),
  };
}
