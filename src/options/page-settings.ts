/** Whether there is a page, and for whom: rules between its options, and the settings of what was given. */
import { statSync } from "node:fs";
import { JobError } from "../chat/errors";
import type { PageAccess, TlsFiles, TokenRules } from "../page/auth/settings";
import { tlsPair } from "../page/auth/tls";
import { checkUsers } from "../page/auth/users-file";
import type { Origin } from "./command-line";
import type { Embedded, Given } from "./given";
import { isOnce } from "./input-settings";
import { ALB_ARN, PAGE_ACCESS } from "./page-access";
import { flagName, type ValuesOf } from "./spec";

type Values = ValuesOf<typeof PAGE_ACCESS>;
type Key = keyof typeof PAGE_ACCESS;

interface AccessLine {
  readonly values: Values;
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface PageSettings {
  readonly port: number | undefined;
  /** Missing where the page is for this machine alone. */
  readonly access?: PageAccess;
}

const LOOPBACK = "127.0.0.1";
const WRITABLE_FOR_OTHERS = 0o002;
const ACCESS_KEYS = Object.keys(PAGE_ACCESS) as Key[];
const ALB_HEADER = "x-amzn-oidc-data";
const OF_OIDC = ["pageAlb", "pageOidcHeader", "pageOidcIssuer", "pageOidcAudience", "pageOidcKeys"] as const;
/** Options that are of no use with each way. */
const STRAY = {
  link: ["pageOrigin", "pageTlsCert", "pageTlsKey", "pageUsers", ...OF_OIDC],
  basic: OF_OIDC,
  "oidc-header": ["pageUsers"],
} as const satisfies Readonly<Record<Values["pageAuth"], readonly Key[]>>;

/** Undefined where the job serves no page. Throws as `pageAccess` does. */
export function pageSettings(given: Given, embedded: Embedded): PageSettings | undefined {
  if (!servesPage(given, embedded)) return undefined;
  const access = pageAccess(given);
  return { port: given.values.pagePort, ...(access === undefined ? {} : { access }) };
}

/**
 * Throws `JobError` BAD_OPTION for a job that serves no page and was told for whom. Variables may stay, since they
 * outlive one command.
 */
export function checkNoAccess(origins: AccessLine["origins"]): void {
  const stray = ACCESS_KEYS.find((key) => origins[key] === "flag");
  if (stray === undefined) return;
  throw refusal(
    `--${flagName(stray)} is of no use here, since this job serves no page: give --page too, or leave it out.`,
  );
}

/** Whoever reads a bounded job's output, or its JSON, does not stay to look at a page. */
function servesPage({ values, origins }: Given, embedded: Embedded): boolean {
  const isAsked = origins.page !== "default" || origins.pagePort === "flag" || origins.pageAuth === "flag";
  if (isAsked) return values.page;
  const runsOn = !isOnce(values) && values.until === undefined && !values.detach;
  return embedded.opensearch && runsOn && values.progress && !values.json;
}

/**
 * Undefined where the page is for this machine alone. Throws `JobError` BAD_OPTION with one sentence for what is
 * missing, of no use or not readable, so that no page listens before all of it is right.
 */
export function pageAccess({ values, origins }: AccessLine): PageAccess | undefined {
  const { pageAuth, pageHost: host = LOOPBACK, pageOrigin } = values;
  if (pageAuth === "link" && host !== LOOPBACK) {
    throw refusal(
      `--page-host ${host} would show the page to other machines: give --page-auth basic or oidc-header too, or leave it out (docs/page.md#for-others).`,
    );
  }
  // A variable may stay, since variables outlive one command.
  const stray = STRAY[pageAuth].find((key) => origins[key] === "flag");
  if (stray !== undefined) throw refusal(`--${flagName(stray)} is of no use with --page-auth ${pageAuth}.`);
  if (pageAuth === "link") return undefined;
  const origin = needed(pageOrigin, pageAuth, "pageOrigin", "the address by which browsers reach the page");
  const tls = tlsFiles(values);
  if (pageAuth === "basic") {
    if (tls === undefined) {
      throw refusal("--page-auth basic would send passwords unencrypted: give --page-tls-cert and --page-tls-key.");
    }
    const usersFile = needed(values.pageUsers, pageAuth, "pageUsers", "the file that npm run page -- user writes");
    refuseWritable(usersFile, "pageUsers");
    checkUsers(usersFile);
    return { kind: pageAuth, host, origin, tls, usersFile };
  }
  return { kind: pageAuth, host, origin, ...(tls === undefined ? {} : { tls }), token: tokenRules(values) };
}

function tlsFiles({ pageTlsCert: certFile, pageTlsKey: keyFile }: Values): TlsFiles | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw refusal("--page-tls-cert and --page-tls-key need each other: give both.");
  }
  refuseWritable(certFile, "pageTlsCert");
  refuseWritable(keyFile, "pageTlsKey");
  tlsPair({ certFile, keyFile });
  return { certFile, keyFile };
}

/** Throws for a file by which any account of the machine could let itself in; one that is missing is told elsewhere. */
function refuseWritable(file: string, key: Key): void {
  const found = statSync(file, { throwIfNoEntry: false });
  // Windows has no such rights.
  if (process.getuid === undefined || found === undefined || (found.mode & WRITABLE_FOR_OTHERS) === 0) return;
  throw refusal(`--${flagName(key)} ${file}: every account of this machine may write it: chmod o-w it.`);
}

function tokenRules(values: Values): TokenRules {
  const { pageAuth, pageAlb: signer, pageOidcHeader, pageOidcKeys } = values;
  const claims = {
    issuer: needed(values.pageOidcIssuer, pageAuth, "pageOidcIssuer", "the issuer of the proxy's tokens"),
    audience: needed(
      values.pageOidcAudience,
      pageAuth,
      "pageOidcAudience",
      signer === undefined ? "the audience of the proxy's tokens" : "the client id of the load balancer",
    ),
  };
  if (signer !== undefined) {
    const url = pageOidcKeys ?? albKeysUrl(signer);
    const header = (pageOidcHeader ?? ALB_HEADER).toLowerCase();
    return { header, ...claims, keys: { kind: "alb", url: url.replace(/\/+$/, ""), signer } };
  }
  const header = needed(pageOidcHeader, pageAuth, "pageOidcHeader", "the header that holds the proxy's token");
  const url = needed(pageOidcKeys, pageAuth, "pageOidcKeys", "the address of the proxy's public keys");
  return { header: header.toLowerCase(), ...claims, keys: { kind: "jwks", url } };
}

/** "User claims encoding and signature verification" in the Elastic Load Balancing documentation has the addresses. */
function albKeysUrl(arn: string): string {
  const [, partition, region = ""] = ALB_ARN.exec(arn) ?? [];
  if (partition === "aws") return `https://public-keys.auth.elb.${region}.amazonaws.com`;
  if (partition === "aws-us-gov") return `https://s3-${region}.amazonaws.com/aws-elb-public-keys-prod-${region}`;
  throw refusal(
    `--page-alb of the partition ${partition ?? ""} needs --page-oidc-keys, the address of its load balancers' keys.`,
  );
}

function needed<T>(value: T | undefined, auth: string, key: Key, what: string): T {
  if (value === undefined) throw refusal(`--page-auth ${auth} needs --${flagName(key)}, ${what}.`);
  return value;
}

function refusal(sentence: string): JobError {
  return new JobError("BAD_OPTION", sentence);
}
