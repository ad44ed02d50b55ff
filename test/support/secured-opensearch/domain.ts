/** A secured domain as `npm run msf` makes it for `PLAIN`, with who may do what in it. */
import assert from "node:assert/strict";
import { domainRights } from "../../../runners/msf/domain-rights";
import type { NewDomainSettings } from "../../../runners/msf/settings";
import type { OpenSearchRequest } from "../../../src/io/opensearch/requests/client";
import {
  type OpenSearchConnection,
  openSearchSettings,
  type OpenSearchSettings,
} from "../../../src/io/opensearch/settings";
import { PLAIN } from "../aws/deployments";

const ROLE = "arn:aws:iam::123456789012:role";
export const JOB = `${ROLE}/beam-chat-sessions/job`;
export const OPERATOR = `${ROLE}/operator`;
export const SEARCHER = `${ROLE}/searcher`;
/** Two whom the domain's settings do not name. */
export const NOBODY = `${ROLE}/nobody`;
export const FORGETTER = `${ROLE}/forgetter`;
export const DIMENSION = 8;

/** The requests of the master user that give the job, the operator and the searcher their rights. */
export function rightsOfDomain(): readonly OpenSearchRequest[] {
  assert.ok(PLAIN.domain.kind === "new");
  const domain: NewDomainSettings = {
    ...PLAIN.domain,
    searcherArns: [SEARCHER],
    operatorArns: [OPERATOR],
    masterUserArn: `${ROLE}/guardian`,
    auditLogs: true,
  };
  return domainRights(PLAIN, domain, JOB);
}

/** The job's settings, with the rights of whoever connects. */
export function settingsOfDomain(connection: OpenSearchConnection): OpenSearchSettings {
  const { index, deadLetterIndex } = PLAIN;
  return openSearchSettings({ connection, index, deadLetterIndex, dimension: DIMENSION, stream: "chat" });
}
