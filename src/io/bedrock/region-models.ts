/** Regions of embedding models, by "Model support by AWS Region" in Bedrock's User Guide. */
const TITAN_V1_REGIONS: ReadonlySet<string> = new Set(["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"]);

/**
 * The sentence about an embedding model that a region lacks, and the options that work there; undefined for other models,
 * and where the table knows no better.
 */
export function elsewhereAdvice(model: string, region: string | undefined): string | undefined {
  if (region === undefined || !/titan-embed-(text-v1|g1-text)/.test(model) || TITAN_V1_REGIONS.has(region)) {
    return undefined;
  }
  return `${model} is not offered in ${region}: give --embedding-model amazon.titan-embed-text-v2:0, which is (vectors of 1,024 numbers, for an index of their own), or use one of the regions ${[...TITAN_V1_REGIONS].join(", ")}.`;
}
