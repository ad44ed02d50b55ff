/** The options of a page that other machines reach. */
import { isIP } from "node:net";
import { PAGE_AUTHS } from "../page/auth/settings";
import { choice, isOnThisMachine, type Kind, pattern, text } from "./kinds";
import { option, optional } from "./spec";

const address: Kind<string> = {
  placeholder: "address",
  range: "an IP address of this machine; 0.0.0.0 and :: are all of them",
  parse: (given) => (isIP(given) === 0 ? { mustBe: "an IP address, such as 10.0.0.5 or 0.0.0.0" } : { value: given }),
};

const origin: Kind<string> = {
  placeholder: "url",
  range: "https URL without a path",
  parse(given) {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    const isOrigin = url?.protocol === "https:" && (given === url.origin || given === `${url.origin}/`);
    return isOrigin
      ? { value: url.origin }
      : { mustBe: "an address such as https://chats.example.org, without a path" };
  },
};

/** Keys decide who is let in, so nobody on the way may change them. */
const keysUrl: Kind<string> = {
  placeholder: "url",
  range: "https URL",
  parse(given) {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isOnThisMachine(given));
    return isSafe && url.username === "" && url.password === ""
      ? { value: given }
      : { mustBe: "an https address, such as https://idp.example.org/.well-known/jwks.json" };
  },
};

const header = pattern("name", /^[A-Za-z0-9-]{1,64}$/, "the name of a header, such as cf-access-jwt-assertion");

export const ALB_ARN =
  /^arn:(aws[a-z-]*):elasticloadbalancing:([a-z]{2}(?:-[a-z]+)+-\d+):\d{12}:loadbalancer\/app\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}$/;

export const PAGE_ACCESS = {
  pageAuth: option(
    choice(PAGE_AUTHS),
    "link",
    "How readers of the page are known: by the link that is printed, on this machine alone (link), by passwords over TLS (basic), or by a proxy's signed header (oidc-header)",
  ),
  pageHost: optional(address, "Address that the page listens on; any but 127.0.0.1 needs --page-auth", {
    otherwise: "127.0.0.1",
  }),
  pageOrigin: optional(origin, "Address by which browsers reach the page, and no other; needed with --page-auth"),
  pageTlsCert: optional(text("file"), "Certificate of the page's server, with those that it hangs from, in PEM"),
  pageTlsKey: optional(text("file"), "Private key of that certificate, in PEM, without a passphrase"),
  pageUsers: optional(
    text("file"),
    "Users of --page-auth basic with hashes of their passwords, written by npm run page -- user",
  ),
  pageAlb: optional(
    pattern("arn", ALB_ARN, "the ARN of an Application Load Balancer"),
    "Application Load Balancer that signs the header x-amzn-oidc-data",
  ),
  pageOidcHeader: optional(header, "Header that holds the proxy's token; of authorization, what follows Bearer", {
    otherwise: "x-amzn-oidc-data with --page-alb",
  }),
  pageOidcIssuer: optional(text("issuer"), "Issuer (iss) that the token must have"),
  pageOidcAudience: optional(
    text("audience"),
    "Audience (aud) that the token must have; with --page-alb the client id",
  ),
  pageOidcKeys: optional(
    keysUrl,
    "Address of the keys that sign tokens: a JWKS; with --page-alb the folder of its keys",
    {
      otherwise: "with --page-alb, that of its region",
    },
  ),
} as const;
