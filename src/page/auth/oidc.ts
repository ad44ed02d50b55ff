/**
 * Users that a proxy has signed in.
 *
 * 1. The proxy's header counts only where its signature, signer, issuer, audience and time are right; a header that is
 *    missing, or there twice, is no sign-in.
 * 2. The algorithm is one of those that we chose, with a public key of the proxy's own: never `none`, never one that
 *    signs with a shared secret.
 */
import type { IncomingMessage } from "node:http";
import { AlbKeyRing, KeysAway, UnknownKey } from "./alb-keys";
import type { AlbKeys, JwksKeys, TokenRules } from "./settings";
import { type Authenticator, nameOf, type Reader, type SignIn } from "./sign-in";

/** Longest token that a proxy sends: a load balancer's has at most 11 KB of claims. */
const MAX_TOKEN_LENGTH = 24_576;
/** Clocks of proxies and of this machine differ. */
const CLOCK_TOLERANCE_S = 30;
const JWKS_TIMEOUT_MS = 5_000;
/** Public keys only; load balancers sign with ES256 alone. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const ALB_ALGORITHMS = ["ES256"];
/** Three parts in base64url; load balancers pad them, against RFC 7515. */
const FORM = /^[\w-]+={0,2}\.[\w-]+={0,2}\.[\w-]+={0,2}$/;
/** Codes of the library's errors that say nothing about the token. */
const NOT_OF_TOKEN: readonly string[] = ["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"];

const loadJose = () => import("jose");
type Jose = Awaited<ReturnType<typeof loadJose>>;

/** The claims of a token that is right. Rejects for any other one. */
type Verify = (token: string) => Promise<Readonly<Record<string, unknown>>>;

/** Thrown for claims that the library knows nothing of. */
class WrongClaim extends Error {}

/** Resolves with what reads the proxy's header, whose keys are asked for with the first request. */
export async function oidcSignIn(rules: TokenRules): Promise<Authenticator> {
  const jose = await loadJose();
  const { keys } = rules;
  const verify = keys.kind === "alb" ? verifyAlb(jose, rules, keys) : verifyOidc(jose, rules, keys);
  return {
    async identify(request) {
      const token = tokenOf(request, rules.header);
      if (token === undefined) return NO_TOKEN;
      try {
        const reader = readerOf(await verify(token));
        return reader === undefined ? wrong("no subject") : { kind: "reader", reader };
      } catch (error) {
        return error instanceof UnknownKey || error instanceof WrongClaim || isOfToken(jose, error)
          ? wrong(reasonOf(error))
          : away(reasonOf(error));
      }
    },
  };
}

const SENTENCE = "You are not signed in, or no longer: open this page's own address anew to sign in.";
const NO_TOKEN: SignIn = { kind: "refused", status: 401, reason: "no token", message: SENTENCE };

function wrong(reason: string): SignIn {
  return { kind: "refused", status: 401, reason, message: SENTENCE };
}

function away(reason: string): SignIn {
  return {
    ...{ kind: "refused", status: 503, reason },
    message: "Sign-ins cannot be checked now, because their keys cannot be had: try again in a minute.",
    headers: { "retry-after": "60" },
  };
}

function verifyOidc({ createRemoteJWKSet, jwtVerify }: Jose, { issuer, audience }: TokenRules, keys: JwksKeys): Verify {
  const set = createRemoteJWKSet(new URL(keys.url), { timeoutDuration: JWKS_TIMEOUT_MS });
  const options = {
    ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S },
    requiredClaims: ["exp", "sub"],
  };
  return async (token) => (await jwtVerify(token, set, options)).payload;
}

/** A load balancer says in the header who signed, for whom, and until when. */
function verifyAlb({ importSPKI, jwtVerify }: Jose, { issuer, audience }: TokenRules, keys: AlbKeys): Verify {
  const ring = new AlbKeyRing(keys.url, (pem) => importSPKI(pem, "ES256"));
  const options = { algorithms: ALB_ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S };
  return async (token) => {
    // They are looked at before AWS is asked for a key, and the signature holds for them too.
    const { payload } = await jwtVerify(
      token,
      (header: Readonly<Record<string, unknown>>) => {
        const { kid, signer, iss, client, exp } = header;
        if (signer !== keys.signer) throw new WrongClaim("signer");
        if (iss !== issuer) throw new WrongClaim("issuer");
        if (client !== audience) throw new WrongClaim("client");
        if (typeof exp !== "number" || exp < Date.now() / 1_000 - CLOCK_TOLERANCE_S) throw new WrongClaim("expiry");
        return ring.key(kid);
      },
      options,
    );
    return payload;
  };
}

function tokenOf({ headersDistinct }: Pick<IncomingMessage, "headersDistinct">, name: string): string | undefined {
  const [value, ...others] = headersDistinct[name] ?? [];
  if (value === undefined || others.length > 0 || value.length > MAX_TOKEN_LENGTH) return undefined;
  const token = name === "authorization" ? (/^bearer +(.*)$/i.exec(value)?.[1] ?? "") : value;
  return FORM.test(token) ? token : undefined;
}

/** The subject, which does not change, and the address by which people know one another. */
function readerOf(claims: Readonly<Record<string, unknown>>): Reader | undefined {
  const user = nameOf(claims["sub"]);
  const email = nameOf(claims["email"]);
  if (user === undefined) return undefined;
  return email === undefined ? { user } : { user, email };
}

/** True for an error that says that the token is wrong. */
function isOfToken({ errors }: Jose, error: unknown): boolean {
  return error instanceof errors.JOSEError && !NOT_OF_TOKEN.includes(error.code);
}

/** A word for the log, which holds nothing of a token. */
function reasonOf(error: unknown): string {
  if (error instanceof UnknownKey) return "unknown key";
  if (error instanceof WrongClaim) return `wrong ${error.message}`;
  if (error instanceof KeysAway) return `keys away: ${error.message}`;
  return (error as { readonly code?: string }).code ?? (error as Error).name;
}
