/** Who reads the page from other machines, and how they are known. */

export type PageAccess = BasicAccess | OidcAccess;

export const PAGE_AUTHS = ["link", "basic", "oidc-header"] as const;

interface PublicPage {
  /** IP address that the server listens on. */
  readonly host: string;
  /** The one origin by which browsers reach the page, such as https://chats.example.org. */
  readonly origin: string;
}

/** Users with passwords, over TLS of the page's own. */
interface BasicAccess extends PublicPage {
  readonly kind: "basic";
  readonly tls: TlsFiles;
  readonly usersFile: string;
}

/** Users that a proxy has signed in, which says so in a signed header. */
interface OidcAccess extends PublicPage {
  readonly kind: "oidc-header";
  /** Undefined when the proxy's requests come unencrypted. */
  readonly tls?: TlsFiles;
  readonly token: TokenRules;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Rules for tokens, and the place of the keys that may have signed them. */
export interface TokenRules {
  /** Name of the header in lower case. */
  readonly header: string;
  readonly issuer: string;
  /** Audience of a token of OpenID Connect, client of a load balancer's. */
  readonly audience: string;
  readonly keys: JwksKeys | AlbKeys;
}

/** A set of keys in JSON (RFC 7517). */
export interface JwksKeys {
  readonly kind: "jwks";
  readonly url: string;
}

/** The keys of an Application Load Balancer, each at an address of its own below this one. */
export interface AlbKeys {
  readonly kind: "alb";
  readonly url: string;
  /** ARN of the load balancer that must have signed. */
  readonly signer: string;
}
