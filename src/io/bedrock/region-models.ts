/** Regions of the embedding models, by "Model support by AWS Region" in Bedrock's User Guide. */
const TITAN_V1_REGIONS: ReadonlySet<string> = new Set(["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"]);
const TITAN_V2_REGIONS: ReadonlySet<string> = new Set([
  ...["us-east-1", "us-east-2", "us-west-2", "us-gov-east-1", "us-gov-west-1", "ca-central-1", "sa-east-1"],
  ...["eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"],
  ...["ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-2"],
]);
/**
 * Geographies that have a profile of the default model, with the regions that may call it, by "Supported Regions and
 * models for inference profiles" there. Each keeps text within itself.
 */
const GEOGRAPHIES: Readonly<Record<string, readonly string[]>> = {
  us: ["us-east-1", "us-east-2", "us-west-1", "us-west-2"],
  eu: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
  jp: ["ap-northeast-1", "ap-northeast-3"],
  au: ["ap-southeast-2", "ap-southeast-4"],
};
const TITAN_V2 = "amazon.titan-embed-text-v2:0";

/** The geography whose profile of the default model keeps text near this region; undefined where there is none. */
export function geographyOf(region: string): string | undefined {
  return Object.entries(GEOGRAPHIES).find(([, regions]) => regions.includes(region))?.[0];
}

/**
 * The sentence about an embedding model that a region lacks, and the options that work there; undefined for other
 * models, and where the table knows no better.
 */
export function elsewhereAdvice(model: string, region: string | undefined): string | undefined {
  if (region === undefined) return undefined;
  if (/titan-embed-text-v2/.test(model)) {
    if (TITAN_V2_REGIONS.has(region)) return undefined;
    return `${model} is not known to be offered in ${region}: use one of the regions ${[...TITAN_V2_REGIONS].join(", ")}.`;
  }
  if (!/titan-embed-(text-v1|g1-text)/.test(model) || TITAN_V1_REGIONS.has(region)) return undefined;
  const regions = [...TITAN_V1_REGIONS].join(", ");
  return TITAN_V2_REGIONS.has(region)
    ? `${model} is not offered in ${region}: give --embedding-model ${TITAN_V2}, which is (vectors of 1,024 numbers, for an index of their own), or use one of the regions ${regions}.`
    : `${model} is not offered in ${region}, and neither is ${TITAN_V2}: use one of the regions ${regions}.`;
}
