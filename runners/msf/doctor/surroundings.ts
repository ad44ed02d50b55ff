/** Looks at everything that the job uses and does not own: stream, models, index, network. */
import type { StreamDescriptionSummary } from "@aws-sdk/client-kinesis";
import { examine, type Finding, type Seen } from "../../../src/cli/doctor/finding";
import { JobError } from "../../../src/chat/errors";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { checkCluster } from "../../../src/io/opensearch/indexes/cluster";
import { indexEmbedding, isSame } from "../../../src/io/opensearch/indexes/index-embedding";
import type { PipelineSettings } from "../../../src/pipeline";
import type { Aws } from "../aws";
import type { Context } from "../context";
import { modelArns } from "../models";
import { findStream } from "../own-stream";
import { WITHOUT_SNAPSHOT } from "../down-reason";
import { vpcWarnings } from "../vpc";
import { examineIfAllowed } from "./look";

export async function examineStream(
  aws: Aws,
  name: string,
): Promise<{ readonly finding: Finding; readonly stream: StreamDescriptionSummary | undefined }> {
  let stream: StreamDescriptionSummary | undefined;
  const look = { name: "kinesis:DescribeStreamSummary", expected: "an active stream" };
  const finding = await examine(look, async () => {
    stream = await findStream(aws, name);
    return judgeStream(stream, name);
  });
  return { finding, stream };
}

function judgeStream(stream: StreamDescriptionSummary | undefined, name: string): Seen {
  if (stream === undefined) {
    const cure = `Make the stream ${name} again. The job's snapshots mean nothing in the new one: ${WITHOUT_SNAPSHOT}.`;
    return { found: "it is gone", cure };
  }
  const { StreamStatus: status = "of no status", RetentionPeriodHours: retentionHours = 0 } = stream;
  const { OpenShardCount: shards = 0, ConsumerCount: consumers = 0 } = stream;
  const facts = { status, retentionHours, shards, consumers };
  const found = `${status}, ${shards} open shards, records kept for ${retentionHours} h`;
  if (status === "ACTIVE" || status === "UPDATING") return { found, facts };
  return { found, facts, cure: "Wait until the stream is active, and look again." };
}

export function examineModels(aws: Aws, { summarise, embed }: PipelineSettings): Promise<readonly Finding[]> {
  const models = [summarise.model, embed.model.id];
  return Promise.all(
    models.map((model) =>
      examine(
        { name: `bedrock:GetFoundationModelAvailability ${model}`, expected: "the account may call it" },
        async () => {
          const said: string[] = [];
          const arns = await modelArns(aws, model, (line) => said.push(line));
          const found = { found: `it may, by ${arns.length} ARNs`, facts: { arns: arns.length } };
          return said.length === 0 ? found : { ...found, cure: said.join(" ") };
        },
      ),
    ),
  );
}

/** Reads the cluster's facts, and the model that the index tells of, with the credentials of whoever looks. */
export function examineIndex({ openSearch }: PipelineSettings): Promise<Finding> {
  const look = { name: "opensearch: GET /, GET _mapping", expected: "a cluster and an index that fit" };
  return examineIfAllowed(look, async () => {
    const client = openSearchClient(openSearch.connection);
    try {
      const { version, icu } = await checkCluster(client, openSearch);
      const held = await indexEmbedding(client, openSearch.index);
      const facts = { version, icu, ...(held === undefined ? {} : held) };
      const found = `opensearch ${version}; ${held === undefined ? "the index tells no model" : `vectors of ${held.model}`}`;
      const { embeddingModel: model = "", dimension } = openSearch;
      if (held === undefined || isSame(held, { model, dimension })) return { found, facts };
      throw new JobError(
        "INDEX_MISFIT",
        `The index holds vectors of ${held.model}, and the job makes those of ${model}: give another --index.`,
      );
    } finally {
      await client.close();
    }
  });
}

/** Looks for ways out of the VPC; there is no such look without one. */
export async function examineNetwork({ aws, line }: Context): Promise<readonly Finding[]> {
  if (line.texts["subnets"] === undefined) return [];
  const look = {
    name: "ec2:DescribeVpcEndpoints, DescribeRouteTables",
    expected: "ways to Kinesis, Bedrock, OpenSearch",
  };
  const seen = examine(look, async () => {
    const warnings = await vpcWarnings(aws, line);
    return warnings.length === 0
      ? { found: "no way is missing" }
      : { found: "not all are there", cure: warnings.join(" ") };
  });
  return [await seen];
}
