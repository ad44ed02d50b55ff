/** A proxy that signs who its users are, and the addresses of its public keys, as they are in the wild. */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TokenRules } from "../../../src/page/auth/settings";

export const ISSUER = "https://idp.example.org/pool";
export const AUDIENCE = "client-1";
export const ALB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/chats/0123456789abcdef";
export const SUBJECT = "6f1c2a52";
export const EMAIL = "ada@example.org";

type Claims = Readonly<Record<string, unknown>>;

interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function signer(kid: string = randomUUID()): Signer {
  return { kid, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
}

export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

/** Signs in base64url without padding, as RFC 7515 has it, or with padding, as load balancers do. */
export function signed(
  header: Claims,
  claims: Claims,
  { privateKey }: Pick<Signer, "privateKey">,
  pad = false,
): string {
  const part = (bytes: Buffer): string => {
    const text = bytes.toString("base64url");
    return pad ? text.padEnd(Math.ceil(text.length / 4) * 4, "=") : text;
  };
  const head = [header, claims].map((json) => part(Buffer.from(JSON.stringify(json)))).join(".");
  return `${head}.${part(sign("sha256", Buffer.from(head), { key: privateKey, dsaEncoding: "ieee-p1363" }))}`;
}

/** A token of OpenID Connect that is right, but for the changes. */
export function oidcToken(by: Signer, claims: Claims = {}, header: Claims = {}): string {
  const own = { iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, email: EMAIL, exp: inSeconds(60), ...claims };
  return signed({ alg: "ES256", typ: "JWT", kid: by.kid, ...header }, own, by);
}

/** A load balancer's token that is right, but for the changes. */
export function albToken(by: Signer, header: Claims = {}, claims: Claims = {}): string {
  const own = { typ: "JWT", kid: by.kid, alg: "ES256", iss: ISSUER, client: AUDIENCE, signer: ALB };
  const payload = { sub: SUBJECT, email: EMAIL, email_verified: "true", ...claims };
  return signed({ ...own, exp: inSeconds(60), ...header }, payload, by, true);
}

/** Serves public keys on loopback: `/jwks.json`, and `/keys/<id>` in PEM. */
export class KeyServer {
  readonly asked: string[] = [];
  /** Answered to everything, where it is set. */
  status: number | undefined;
  /** Where everything is led to, where it is set. */
  location: string | undefined;
  private readonly server: Server;

  private constructor(private readonly signers: Signer[]) {
    this.server = createServer((request, response) => {
      this.asked.push(request.url ?? "");
      const pem = this.signers.find(({ kid }) => request.url === `/keys/${kid}`)?.publicKey;
      if (this.status !== undefined) response.writeHead(this.status).end();
      else if (this.location !== undefined) {
        response.writeHead(302, { location: `${this.location}${request.url ?? ""}` }).end();
      } else if (request.url === "/jwks.json") response.end(JSON.stringify({ keys: this.jwks() }));
      else if (pem !== undefined) response.end(pem.export({ type: "spki", format: "pem" }));
      else response.writeHead(403).end();
    });
  }

  static async start(signers: readonly Signer[]): Promise<KeyServer> {
    const own = new KeyServer([...signers]);
    await new Promise<void>((resolve) => own.server.listen(0, "127.0.0.1", resolve));
    return own;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(by: Signer): void {
    this.signers.push(by);
  }

  oidc(header = "x-token"): TokenRules {
    return { header, issuer: ISSUER, audience: AUDIENCE, keys: { kind: "jwks", url: `${this.url}/jwks.json` } };
  }

  alb(): TokenRules {
    const keys = { kind: "alb", url: `${this.url}/keys`, signer: ALB } as const;
    return { header: "x-amzn-oidc-data", issuer: ISSUER, audience: AUDIENCE, keys };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private jwks(): readonly object[] {
    return this.signers.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: "jwk" }), kid, use: "sig" }));
  }
}
