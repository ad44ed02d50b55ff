/** Takes out of a report what tells who somebody is and where their things are. Pure. */
import type { Endpoints, Input } from "../../options";
import type { PipelineSettings } from "../../pipeline";
import type { Facts, Finding } from "./finding";

/** Private words that no form gives away, unlike account numbers. */
export interface Private {
  /** Streams, indexes, users, roles; an empty one is ignored. */
  readonly names: readonly string[];
  /** URLs, S3 addresses and paths. */
  readonly addresses: readonly string[];
}

/** Collects the private words of the job's settings. */
export function privateOf({ kinesis, openSearch }: PipelineSettings, endpoints: Endpoints, input?: Input): Private {
  const { index, deadLetterIndex, ledgerIndex, connection } = openSearch;
  const { auth } = connection;
  const buckets = (input?.addresses ?? []).map((own) => (own.kind === "local" ? own.path : own.bucket));
  const { kinesis: streams, bedrock, opensearch } = endpoints;
  const own = [connection.endpoint, kinesis.connection.endpoint, input?.s3.endpoint];
  const urls = [streams, bedrock, opensearch, ...own];
  return {
    names: [kinesis.streamName, index, deadLetterIndex, ledgerIndex, ...(auth.kind === "basic" ? [auth.username] : [])],
    addresses: [...urls.flatMap((url) => url ?? []), ...buckets],
  };
}

/**
 * The rest of a name, which ends before the punctuation of a sentence; names of roles, people and objects may hold any
 * of it before.
 */
const REST = String.raw`\S*[^\s.,;:)"'\]]`;

/** Redacts the free texts of findings; verdicts, keys of facts and figures stay, whatever a stream is called. */
export function redactor({ names, addresses }: Private): (finding: Finding) => Finding {
  const parts = [
    String.raw`(?<arn>\barn:${REST})`,
    String.raw`(?<url>\b[a-z][a-z0-9+.-]*:\/\/${REST})`,
    ...group("known", addresses.flatMap(wordsOf), String.raw`(?::\d+)?(?:[\/\\]${REST})?`),
    // AWS's own words name the caller without an ARN, too.
    String.raw`(?<who>\b(?:assumed-role|federated-user|user|role|instance-profile)\/${REST})`,
    String.raw`(?<host>\b[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|aws|internal|local)\b(?::\d+)?|\blocalhost:\d+|\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?)`,
    String.raw`(?<path>(?<![\w<>.\/-])(?:~|\.{1,2})?\/[\w.@+-]${REST}|\b[a-z]:\\${REST})`,
    String.raw`(?<account>(?<!\d)(?:\d{12}|\d{4}-\d{4}-\d{4})(?!\d))`,
    ...group("name", names, ""),
  ];
  const pattern = new RegExp(parts.join("|"), "gi");
  const redact = (text: string): string =>
    text.replace(pattern, (found: string, ...rest: unknown[]) => {
      // The cast is sound, because the pattern has named groups.
      const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>;
      if (groups["account"] !== undefined) return "<account>";
      if (groups["name"] !== undefined) return "<name>";
      if (groups["arn"] !== undefined) return "arn:<name>";
      return groups["who"] === undefined ? "<address>" : `${found.split("/")[0]}/<name>`;
    });
  return (finding) => {
    const { name, expected, found, facts, cure } = finding;
    return {
      ...finding,
      name: redact(name),
      expected: redact(expected),
      found: redact(found),
      ...(cure === undefined ? {} : { cure: redact(cure) }),
      ...(facts === undefined ? {} : { facts: mapTexts(facts, redact) }),
    };
  };
}

function mapTexts(facts: Facts, redact: (text: string) => string): Facts {
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, typeof value === "string" ? redact(value) : value]),
  );
}

/** The longest first, so that an index does not stop the name of its ledger from being found. */
function group(name: string, words: readonly string[], end: string): readonly string[] {
  const sorted = [...new Set(words)].filter((word) => word !== "").sort((one, other) => other.length - one.length);
  if (sorted.length === 0) return [];
  const escaped = sorted.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`));
  return [String.raw`(?<${name}>(?<![a-z0-9])(?:${escaped.join("|")})(?![a-z0-9])${end})`];
}

/** An address as it is, and the host of a URL, which sentences give without the scheme. */
function wordsOf(address: string): readonly string[] {
  if (!address.includes("://") || !URL.canParse(address)) return [address.replace(/[/\\]+$/, "")];
  return [new URL(address).hostname];
}
