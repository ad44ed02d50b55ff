/** Resolves the options of a domain, and checks that they fit together. */
import { JobError } from "../../src/chat/errors";
import { type CommandLine, typed } from "../../src/options/command-line";
import { flagName } from "../../src/options/spec";
import { DEPLOYMENT } from "./options";
import type { DomainSettings, NewDomainSettings, VpcSettings } from "./settings";
import { zonesOf } from "./template/domain";

/** AWS's own endpoints have the domain's name in them: search-<name>-<26 characters>.<region>.es.amazonaws.com. */
const DOMAIN_IN_ENDPOINT = /^https:\/\/(?:search|vpc)-([a-z][a-z0-9-]*)-[a-z0-9]{26}\./;
/** Options for new domains only: a domain of the user's own has its protection already. */
const OF_NEW_DOMAINS = ["masterUser", "auditLogs", "domainInVpc"] as const;

/** Resolves the domain. Rejects with BAD_OPTION. `endpoint` is that of a domain which exists. */
export function domainOf(
  line: CommandLine,
  endpoint: string | undefined,
  vpc: VpcSettings | undefined,
): DomainSettings {
  const values = typed(line, DEPLOYMENT);
  if (endpoint === undefined) {
    const domain: NewDomainSettings = {
      kind: "new",
      instance: values.domainInstance,
      instances: values.domainInstances,
      volumeGib: values.domainVolumeGib,
      searcherArns: values.searchers ?? [],
      operatorArns: values.operators ?? [],
      masterUserArn: values.masterUser,
      auditLogs: values.auditLogs,
      inVpc: values.domainInVpc,
    };
    refuseContradictions(domain, vpc);
    return domain;
  }
  const meant = OF_NEW_DOMAINS.find((key) => values[key] !== undefined && values[key] !== false);
  if (meant !== undefined) {
    throw new JobError(
      "BAD_OPTION",
      `--${flagName(meant)} is only of use with a new domain: leave it or --opensearch-endpoint out.`,
    );
  }
  const name = values.domain ?? DOMAIN_IN_ENDPOINT.exec(endpoint)?.[1];
  if (name === undefined) {
    throw new JobError(
      "BAD_OPTION",
      "--domain must say the name of the domain, which --opensearch-endpoint does not tell.",
    );
  }
  return { kind: "own", name };
}

function refuseContradictions(domain: NewDomainSettings, vpc: VpcSettings | undefined): void {
  if (domain.auditLogs && domain.masterUserArn === undefined) {
    throw new JobError("BAD_OPTION", "--audit-logs needs fine-grained access control: say who is --master-user.");
  }
  if (!domain.inVpc) return;
  const zones = zonesOf(domain);
  if (vpc === undefined || vpc.subnetIds.length < zones) {
    throw new JobError(
      "BAD_OPTION",
      `--domain-in-vpc needs a subnet for each zone that the domain's machines are in: give ${zones} --subnets, and --security-groups.`,
    );
  }
}
