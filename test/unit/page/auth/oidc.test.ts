/** Whose header of a proxy is believed, with public keys that a real server gives. */
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { oidcSignIn } from "../../../../src/page/auth/oidc";
import type { TokenRules } from "../../../../src/page/auth/settings";
import type { SignIn } from "../../../../src/page/auth/sign-in";
import {
  ALB,
  albToken,
  AUDIENCE,
  EMAIL,
  inSeconds,
  ISSUER,
  KeyServer,
  oidcToken,
  signed,
  signer,
  SUBJECT,
} from "../../../support/page/token-issuer";

const READER: SignIn = { kind: "reader", reader: { user: SUBJECT, email: EMAIL } };

function request(headers: Readonly<Record<string, readonly string[]>>): IncomingMessage {
  return { headersDistinct: headers } as unknown as IncomingMessage;
}

function encoded(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString("base64url");
}

/** The status of a refusal, 200 for a reader. */
function statusOf(signIn: SignIn): number {
  return signIn.kind === "reader" ? 200 : signIn.status;
}

describe("a proxy's header", () => {
  const own = signer();
  const stranger = signer();
  let server: KeyServer;

  beforeEach(async () => {
    server = await KeyServer.start([own]);
  });
  afterEach(() => server.close());

  const asked = async (rules: TokenRules, ...tokens: readonly string[]): Promise<SignIn> =>
    (await oidcSignIn(rules)).identify(request({ [rules.header]: tokens }));

  describe("of OpenID Connect", () => {
    const wrong: readonly (readonly [what: string, token: () => string])[] = [
      ["has ended", () => oidcToken(own, { exp: inSeconds(-60) })],
      ["has no end", () => oidcToken(own, { exp: undefined })],
      ["holds later", () => oidcToken(own, { nbf: inSeconds(120) })],
      ["is of another issuer", () => oidcToken(own, { iss: `${ISSUER}2` })],
      ["has no issuer", () => oidcToken(own, { iss: undefined })],
      ["is for another audience", () => oidcToken(own, { aud: "client-2" })],
      ["is for nobody in particular", () => oidcToken(own, { aud: undefined })],
      ["has no subject", () => oidcToken(own, { sub: undefined })],
      ["has a subject of control characters", () => oidcToken(own, { sub: "a\u001b[2Jb" })],
      ["is signed by another key", () => oidcToken({ ...own, privateKey: stranger.privateKey })],
      ["names an unknown key", () => oidcToken(stranger)],
      ["names a key by a path", () => oidcToken({ ...own, kid: `../keys/${own.kid}` })],
      ["brings its own key", () => oidcToken(stranger, {}, { jwk: stranger.publicKey.export({ format: "jwk" }) })],
      ["wants an extension that nobody knows", () => oidcToken(own, {}, { crit: ["x"], x: 1 })],
      ["was changed", () => changed(oidcToken(own))],
      ["is not signed", () => `${encoded({ alg: "none" })}.${encoded(claims())}.`],
      ["says that it is not signed", () => `${encoded({ alg: "none", kid: own.kid })}.${encoded(claims())}.AAAA`],
      ["is signed with the public key as a secret", () => withPublicKey()],
      ["is no token", () => "a.b.c"],
      ["is empty", () => ""],
      ["is two tokens", () => `${oidcToken(own)}, ${oidcToken(own)}`],
      ["is too long", () => oidcToken(own, { more: "x".repeat(30_000) })],
    ];
    const claims = () => ({ iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, exp: inSeconds(60) });

    function changed(token: string): string {
      const [head, , end] = token.split(".");
      return [head, encoded({ ...claims(), sub: "somebody-else" }), end].join(".");
    }

    /** The public key is known to all, so a library that lets the token choose takes it for an HMAC's secret. */
    function withPublicKey(): string {
      const head = `${encoded({ alg: "HS256", kid: own.kid })}.${encoded(claims())}`;
      const secret = own.publicKey.export({ type: "spki", format: "pem" });
      return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
    }

    it("is believed when all of it is right, with one of several audiences too", async () => {
      assert.deepEqual(await asked(server.oidc(), oidcToken(own)), READER);
      assert.equal(statusOf(await asked(server.oidc(), oidcToken(own, { aud: ["other", AUDIENCE] }))), 200);
      assert.equal(statusOf(await asked(server.oidc(), oidcToken(own, { exp: inSeconds(-10) }))), 200, "clocks differ");
      const { reader } = (await asked(server.oidc(), oidcToken(own, { email: "a\nb" }))) as { reader: object };
      assert.deepEqual(reader, { user: SUBJECT }, "an address that is none is left out");
    });

    for (const [what, token] of wrong) {
      it(`is refused when it ${what}`, async () => {
        const signIn = await asked(server.oidc(), token());
        assert.equal(statusOf(signIn), 401);
        assert.doesNotMatch(JSON.stringify(signIn), /6f1c2a52|somebody|client-1|idp\.example/, "it tells nothing");
      });
    }

    it("is refused when it is missing, there twice, or under another name", async () => {
      const proxy = await oidcSignIn(server.oidc());
      const token = oidcToken(own);
      for (const headers of [{}, { "x-token": [token, token] }, { "x-other": [token] }]) {
        assert.equal(statusOf(await proxy.identify(request(headers))), 401, Object.keys(headers).join());
      }
    });

    it("is read behind Bearer in the header Authorization, and there alone", async () => {
      const rules = server.oidc("authorization");
      assert.deepEqual(await asked(rules, `Bearer ${oidcToken(own)}`), READER);
      for (const value of [oidcToken(own), `Basic ${oidcToken(own)}`])
        assert.equal(statusOf(await asked(rules, value)), 401);
      assert.equal(statusOf(await asked(server.oidc(), `Bearer ${oidcToken(own)}`)), 401);
    });

    it("may be signed with RSA too", async () => {
      const pair = generateKeyPairSync("rsa", { modulusLength: 2_048 });
      const kid = "rsa-1";
      server.add({ kid, ...pair });
      const head = `${encoded({ alg: "RS256", kid })}.${encoded(claims())}`;
      const token = `${head}.${sign("sha256", Buffer.from(head), pair.privateKey).toString("base64url")}`;
      assert.equal(statusOf(await asked(server.oidc(), token)), 200);
      const shifted = token.replace(/^[^.]*/, encoded({ alg: "ES256", kid }));
      assert.equal(statusOf(await asked(server.oidc(), shifted)), 401, "another algorithm with this key");
    });

    it("can be neither believed nor refused while the keys cannot be had", async () => {
      server.status = 500;
      const rules = server.oidc();
      const proxy = await oidcSignIn(rules);
      const headers = request({ "x-token": [oidcToken(own)] });
      assert.equal(statusOf(await proxy.identify(headers)), 503);
      server.status = undefined;
      assert.equal(statusOf(await proxy.identify(headers)), 200);
      await server.close();
      assert.equal(statusOf(await proxy.identify(headers)), 200, "known keys are kept");
      assert.equal(statusOf(await asked({ ...rules, keys: AWAY }, oidcToken(own))), 503);
      server = await KeyServer.start([own]);
    });

    it("makes the keys be asked for once, however many made-up keys are named", async () => {
      const proxy = await oidcSignIn(server.oidc());
      for (let number = 0; number < 50; number++) await proxy.identify(request({ "x-token": [oidcToken(signer())] }));
      assert.deepEqual(server.asked, ["/jwks.json"]);
    });
  });

  describe("of an Application Load Balancer", () => {
    const wrong: readonly (readonly [what: string, token: () => string])[] = [
      ["has ended", () => albToken(own, { exp: inSeconds(-60) })],
      ["has no end", () => albToken(own, { exp: undefined })],
      ["has an end that is no number", () => albToken(own, { exp: "2999999999" })],
      ["has claims that have ended", () => albToken(own, {}, { exp: inSeconds(-60) })],
      ["is of another issuer", () => albToken(own, { iss: `${ISSUER}2` })],
      ["is for another client", () => albToken(own, { client: "client-2" })],
      ["is of another load balancer", () => albToken(own, { signer: ALB.replace("chats", "other") })],
      ["is of no load balancer", () => albToken(own, { signer: undefined })],
      ["is signed by another key", () => albToken({ ...own, privateKey: stranger.privateKey })],
      ["names an unknown key", () => albToken(stranger)],
      ["names a key by a path", () => albToken({ ...own, kid: `../keys/${own.kid}` })],
      ["names a key with a query", () => albToken({ ...own, kid: `${own.kid}?` })],
      ["names a key at another host", () => albToken({ ...own, kid: `@evil.example/${own.kid}` })],
      ["names no key", () => albToken(own, { kid: undefined })],
      ["says that it is not signed", () => albToken(own, { alg: "none" })],
      ["says that it is signed with a secret", () => albToken(own, { alg: "HS256" })],
      ["has no subject", () => albToken(own, {}, { sub: undefined })],
      ["has its claims in the payload alone", () => claimsInPayload()],
    ];

    function claimsInPayload(): string {
      const claims = { iss: ISSUER, client: AUDIENCE, signer: ALB, sub: SUBJECT, exp: inSeconds(60) };
      return signed({ alg: "ES256", kid: own.kid }, claims, own, true);
    }

    it("is believed when all of it is right, with the padding that load balancers add and without", async () => {
      const token = albToken(own);
      assert.match(token, /=\./);
      assert.match(token, /==$/);
      assert.deepEqual(await asked(server.alb(), token), READER);
      const claims = { sub: SUBJECT, email: EMAIL };
      const header = { alg: "ES256", kid: own.kid, iss: ISSUER, client: AUDIENCE, signer: ALB, exp: inSeconds(60) };
      assert.deepEqual(await asked(server.alb(), signed(header, claims, own)), READER);
    });

    for (const [what, token] of wrong) {
      it(`is refused when it ${what}`, async () => {
        const signIn = await asked(server.alb(), token());
        assert.equal(statusOf(signIn), 401);
        assert.doesNotMatch(JSON.stringify(signIn), /6f1c2a52|client-|idp\.example|loadbalancer/, "it tells nothing");
        assert.ok(
          server.asked.every((path) => /^\/keys\/[0-9a-f-]{36}$/.test(path)),
          server.asked.join(),
        );
      });
    }

    it("makes its key be asked for once, and made-up ones some times a minute at most", async () => {
      const alb = await oidcSignIn(server.alb());
      const ask = (token: string): Promise<SignIn> => alb.identify(request({ "x-amzn-oidc-data": [token] }));
      await Promise.all(Array.from({ length: 10 }, () => ask(albToken(own))));
      assert.equal(server.asked.length, 1);
      const statuses = new Set<number>();
      for (let number = 0; number < 50; number++) statuses.add(statusOf(await ask(albToken(signer()))));
      assert.ok(server.asked.length < 25, String(server.asked.length));
      assert.deepEqual([...statuses], [401, 503]);
      assert.deepEqual(await ask(albToken(own)), READER, "the known key goes on");
    });

    it("can be neither believed nor refused while its keys cannot be had, and no key of elsewhere is taken", async () => {
      server.status = 500;
      assert.equal(statusOf(await asked(server.alb(), albToken(own))), 503);
      server.status = undefined;
      const leading = await KeyServer.start([]);
      leading.location = server.url;
      assert.equal(statusOf(await asked(leading.alb(), albToken(own))), 503);
      assert.equal(statusOf(await asked(leading.oidc(), oidcToken(own))), 503);
      await leading.close();
    });
  });
});

const AWAY = { kind: "jwks", url: "http://127.0.0.1:9/jwks.json" } as const;
