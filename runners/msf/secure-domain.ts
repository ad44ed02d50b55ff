/**
 * Gives out rights inside a domain with fine-grained access control, or, for anyone but its master user, prints the
 * commands that do it.
 */
import { JobError } from "../../src/chat/errors";
import {
  NoAnswer,
  openSearchClient,
  type OpenSearchClient,
  type OpenSearchRequest,
} from "../../src/io/opensearch/requests/client";
import { errorCause } from "../../src/io/opensearch/requests/error-cause";
import type { Context } from "./context";
import { domainRights } from "./domain-rights";
import type { Deployment } from "./settings";
import { findStack } from "./stacks";

const REQUEST_TIMEOUT_MS = 10_000;

/** The reason why the caller of the command could not give out the rights. */
export type Hindrance = "refused" | "unreachable";

/**
 * Sends all requests. Resolves with the hindrance, if there is one. Rejects with DEPLOYMENT when a request is wrong.
 */
export async function giveRights(
  client: OpenSearchClient,
  requests: readonly OpenSearchRequest[],
): Promise<Hindrance | undefined> {
  for (const request of requests) {
    const answer = await client.request(request).catch((error: unknown) => {
      if (error instanceof NoAnswer) return undefined;
      throw error;
    });
    if (answer === undefined) return "unreachable";
    if (answer.status === 401 || answer.status === 403) return "refused";
    if (answer.status >= 300) {
      const { type = "no type" } = errorCause(answer.body);
      throw new JobError("DEPLOYMENT", `The domain would not take ${request.path} (status ${answer.status}, ${type}).`);
    }
  }
  return undefined;
}

/**
 * Gives the job, its operators and the searchers their rights inside a new domain. Resolves with true when they have
 * them, as always where paths alone decide. Otherwise the master user's commands have been written, ready to be run.
 */
export async function secureDomain(context: Context, deployment: Deployment): Promise<boolean> {
  const { aws, name, say, write } = context;
  const { domain } = deployment;
  if (domain.kind === "own" || domain.masterUserArn === undefined) return true;
  const { RoleArn = "", OpenSearchEndpoint: endpoint = "" } = (await findStack(aws, name))?.outputs ?? {};
  const requests = domainRights(deployment, domain, RoleArn);
  const auth = { kind: "sigv4", region: aws.region } as const;
  const client = openSearchClient({ endpoint, auth, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    say("Giving out rights inside the domain …");
    const hindrance = await giveRights(client, requests);
    if (hindrance === undefined) return true;
    const why = hindrance === "refused" ? "takes them from its master user only" : "cannot be reached from here";
    say(`The domain ${why}: have ${domain.masterUserArn} run these, from where it can be reached.`);
    for (const request of requests) write(commandFor(endpoint, aws.region, request));
    return false;
  } finally {
    await client.close();
  }
}

/**
 * A request as a command for a shell with AWS's usual variables. Nothing in it has a quote: names and ARNs are checked,
 * the rest is ours.
 */
function commandFor(endpoint: string, region: string, { method, path, json }: OpenSearchRequest): string {
  return [
    `curl --fail-with-body --aws-sigv4 aws:amz:${region}:es --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`,
    `-H "x-amz-security-token: $AWS_SESSION_TOKEN" -H "content-type: application/json"`,
    `-X ${method} '${endpoint}${path}' -d '${JSON.stringify(json)}'`,
  ].join(" ");
}
