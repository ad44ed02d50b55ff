/** A page that other machines reach lets in whom its proxy or its users' file knows, and no other web site. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { redirectLogs, setLogLevel } from "../../src/log";
import { hashPassword } from "../../src/page/auth/passwords";
import type { PageAccess } from "../../src/page/auth/settings";
import type { ServedPage } from "../../src/page/serve";
import { AwayPages, JSON_TYPE, PATHS } from "../support/page/away-pages";
import { makeCertificate } from "../support/page/certificate";
import { askPublic, firstOfStream, PUBLIC_ORIGIN, type PublicReply } from "../support/page/public-pages";
import { albToken, inSeconds, KeyServer, oidcToken, signer, SUBJECT } from "../support/page/token-issuer";
import { command } from "../support/processes/npm";
import { listeningSockets, openSockets } from "../support/processes/listening";
import type { Question } from "../support/requests/ask";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder";

const PLACE = { host: "127.0.0.1", origin: PUBLIC_ORIGIN } as const;
const PASSWORD = "correct horse battery";
/** After so long, a file that has changed is read anew with the next request. */
const LOOK_INTERVAL_MS = 2_100;
const OPEN_PATH = "/healthz";

type Asked = Partial<Question> & { readonly path: string };

function basic(name: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

describe("the page for others", function () {
  this.timeout(30_000);
  const pages = new AwayPages();
  const proxy = signer();
  let keys: KeyServer;
  let folder: TemporaryFolder;

  before(async () => {
    keys = await KeyServer.start([proxy]);
    folder = await temporaryFolder("page-access");
  });
  after(async () => {
    await pages.close();
    await keys?.close();
    await folder?.remove();
  });

  /** Rules that hold for each way: `ask` reaches the page, and `own` signs in. */
  function guards(
    of: () => { ask(asked: Asked): Promise<PublicReply>; own(): Readonly<Record<string, string>> },
  ): void {
    const ask = (asked: Asked): Promise<PublicReply> => of().ask(asked);
    const signedIn = (asked: Asked): Promise<PublicReply> =>
      ask({ ...asked, headers: { ...of().own(), ...asked.headers } });

    it("shows a reader its views, its API and its files", async () => {
      for (const path of PATHS.filter((each) => each !== "/api/live")) {
        const isAway = /^\/api\/(search|facets|overview|sessions|dead-letters)/.test(path);
        assert.equal((await signedIn({ path })).status, path === "/nothing" ? 404 : isAway ? 503 : 200, path);
      }
      assert.match((await signedIn({ path: "/" })).body, /<script type="module"/);
    });

    it("shows nothing to anybody else, but a page that says how to get in, and that it lives", async () => {
      for (const path of [...PATHS, "/?token=x"]) {
        const { status, body, headers } = await ask({ path });
        assert.equal(status, 401, path);
        assert.match(body, /sign in/i);
        assert.doesNotMatch(body, /<script|sessions"|OpenSearch/, path);
        assert.equal(headers["cache-control"], "no-store");
        assert.equal(headers["set-cookie"], undefined);
      }
      const { status, body } = await ask({ path: OPEN_PATH, headers: { host: "10.0.0.7:4780" } });
      assert.deepEqual([status, body], [200, "ok\n"]);
      assert.equal((await ask({ path: `${OPEN_PATH}/x` })).status, 401);
      assert.equal((await ask({ method: "POST", path: OPEN_PATH, headers: JSON_TYPE })).status, 403);
    });

    it("answers under its public name alone, and no other site, whoever is signed in", async () => {
      const foreign: readonly Readonly<Record<string, string>>[] = [
        { host: "evil.example" },
        { host: "127.0.0.1" },
        { host: "localhost" },
        { host: "chats.example.org:8443" },
        { host: "chats.example.org.evil.example" },
        { origin: "https://evil.example" },
        { origin: "http://chats.example.org" },
        { origin: "null" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
      ];
      for (const headers of foreign) {
        for (const path of ["/", "/session/x", "/api/status", "/api/live", "/assets/icon.svg"]) {
          const { status, body } = await signedIn({ path, headers });
          assert.equal(status, 403, `${path} ${JSON.stringify(headers)}`);
          assert.doesNotMatch(body, /<script/);
        }
      }
      for (const host of ["chats.example.org:443", "CHATS.example.org"]) {
        assert.equal((await signedIn({ path: "/api/status", headers: { host } })).status, 200, host);
      }
    });

    it("changes nothing but for its own pages, since browsers add sign-ins by themselves", async () => {
      const change = (headers: Readonly<Record<string, string>>): Promise<PublicReply> =>
        signedIn({ method: "POST", path: "/api/redrive", headers, body: "{}" });
      const right = { ...JSON_TYPE, origin: PUBLIC_ORIGIN, "sec-fetch-site": "same-origin" };
      assert.equal((await change(right)).status, 409, "it redrives nothing here, but was asked");
      for (const headers of [
        JSON_TYPE,
        { ...right, origin: "https://evil.example" },
        { ...right, origin: "null" },
        { ...right, "sec-fetch-site": "cross-site" },
        { ...right, "content-type": "text/plain" },
        { origin: PUBLIC_ORIGIN },
      ]) {
        assert.equal((await change(headers)).status, 403, JSON.stringify(headers));
      }
      assert.equal((await ask({ method: "POST", path: "/api/redrive", headers: right, body: "{}" })).status, 401);
    });

    it("leads a link of another site on to the same view at its public address, and shows nothing before", async () => {
      const followed = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
      for (const asked of [ask, signedIn]) {
        const { status, body } = await asked({ path: "/session/x?q=a", headers: followed });
        assert.equal(status, 200);
        assert.ok(body.includes(`content="0;url=${PUBLIC_ORIGIN}/session/x?q=a"`), body);
        assert.doesNotMatch(body, /<script/);
      }
      assert.equal((await signedIn({ path: "/api/status", headers: followed })).status, 403);
    });

    it("sends with every answer that nothing from elsewhere is loaded, and TLS alone is used", async () => {
      for (const asked of [ask, signedIn]) {
        for (const path of ["/", "/api/status", "/nothing"]) {
          const { headers } = await asked({ path });
          const policy = String(headers["content-security-policy"]);
          assert.match(policy, /^default-src 'self';.* frame-ancestors 'none'/, path);
          assert.doesNotMatch(policy, /unsafe|\*|https?:|data:|blob:/);
          assert.equal(headers["strict-transport-security"], "max-age=31536000");
          assert.equal(headers["referrer-policy"], "no-referrer");
          assert.equal(headers["access-control-allow-origin"], undefined);
        }
      }
    });
  }

  /** Lines of the log meanwhile. */
  async function told(work: () => Promise<unknown>): Promise<readonly string[]> {
    const lines: string[] = [];
    setLogLevel("warn");
    redirectLogs((line) => void lines.push(line));
    try {
      await work();
    } finally {
      redirectLogs(undefined);
      setLogLevel(process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "warn");
    }
    return lines;
  }

  it("is refused by its commands without a sign-in, before anything starts", async () => {
    for (const args of [["page"], []]) {
      const run = command([...args, "--data-dir", path.join(folder.path, "none"), "--page-host", "0.0.0.0"]);
      const { exitCode, stdout, stderr } = await run.ended;
      assert.deepEqual([exitCode, stdout], [1, ""], stderr);
      assert.match(stderr, /^--page-host 0\.0\.0\.0 would show the page to other machines: give --page-auth basic/);
      assert.equal(existsSync(path.join(folder.path, "none")), false);
    }
  });

  describe("behind a load balancer", () => {
    let served: ServedPage;
    const ask = (asked: Asked): Promise<PublicReply> => askPublic(served, asked);
    const own = (): Readonly<Record<string, string>> => ({ "x-amzn-oidc-data": albToken(proxy) });

    before(async () => {
      served = await pages.serve(0, { ...PLACE, kind: "oidc-header", token: keys.alb() });
    });

    it("says where it is, and listens where it was told alone", () => {
      assert.equal(served.link, `${PUBLIC_ORIGIN}/`);
      assert.deepEqual(openSockets(listeningSockets([process.pid])), []);
    });

    guards(() => ({ ask, own }));

    it("believes neither headers without a signature nor a token of another load balancer", async () => {
      const plain = { "x-amzn-oidc-identity": SUBJECT, "x-amzn-oidc-accesstoken": "x", "x-forwarded-user": "ada" };
      const cases: readonly Readonly<Record<string, string>>[] = [
        plain,
        { "x-amzn-oidc-data": SUBJECT },
        { "x-amzn-oidc-data": albToken(signer()) },
        { "x-amzn-oidc-data": albToken(proxy, { signer: "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/x" }) },
        { "x-amzn-oidc-data": albToken(proxy, { exp: inSeconds(-3_600) }) },
        { authorization: `Bearer ${albToken(proxy)}` },
        { cookie: "AWSELBAuthSessionCookie-0=x" },
      ];
      for (const headers of cases) {
        assert.equal((await ask({ path: "/api/status", headers })).status, 401, Object.keys(headers).join());
      }
    });

    it("takes headers as long as a load balancer's, and keeps connections for longer", async () => {
      const { headers } = await fetch(`http://127.0.0.1:${served.port}${OPEN_PATH}`);
      assert.equal(headers.get("keep-alive"), "timeout=620");
      const cookie = `AWSELBAuthSessionCookie-0=${"x".repeat(30_000)}`;
      assert.equal((await ask({ path: "/api/status", headers: { ...own(), cookie } })).status, 200);
    });

    it("tells the log of a refused sign-in, with nothing of its token", async () => {
      const token = albToken(signer());
      // The lines are few enough that others' requests cannot fill a disk.
      const quiet = await pages.serve(0, { ...PLACE, kind: "oidc-header", token: keys.alb() });
      const lines = await told(async () => {
        for (let number = 0; number < 30; number++) {
          await askPublic(quiet, { path: "/", headers: { "x-amzn-oidc-data": token } });
        }
      });
      assert.ok(lines.length >= 20 && lines.length < 25, String(lines.length));
      assert.match(lines[0]!, /"reason":"unknown key".*"address":"127\.0\.0\.1"/);
      for (const part of [...token.split("."), SUBJECT]) assert.ok(!lines.join().includes(part));
    });

    it("tells Live to a reader alone", async () => {
      const { status, text } = await firstOfStream(served, "/api/live", own());
      assert.equal(status, 200);
      assert.match(text, /^event: state\n/);
      assert.equal((await ask({ path: "/api/live" })).status, 401);
    });

    it("shows nothing while the load balancer's keys cannot be had, and says so", async () => {
      const blind = await pages.serve(0, { ...PLACE, kind: "oidc-header", token: keys.alb() });
      keys.status = 500;
      try {
        const { status, headers, body } = await askPublic(blind, { path: "/", headers: own() });
        assert.deepEqual([status, headers["retry-after"]], [503, "60"]);
        assert.match(body, /keys cannot be had: try again/);
      } finally {
        keys.status = undefined;
      }
      assert.equal((await askPublic(blind, { path: "/", headers: own() })).status, 200);
    });
  });

  describe("behind a proxy with a set of keys", () => {
    let served: ServedPage;

    before(async () => {
      served = await pages.serve(0, { ...PLACE, kind: "oidc-header", token: keys.oidc("authorization") });
    });

    guards(() => ({
      ask: (asked) => askPublic(served, asked),
      own: () => ({ authorization: `Bearer ${oidcToken(proxy)}` }),
    }));
  });

  describe("with passwords", () => {
    let served: ServedPage;
    let access: PageAccess & { readonly kind: "basic" };
    let ca: string;
    const ask = (asked: Asked): Promise<PublicReply> => askPublic(served, asked, ca);
    const own = (): Readonly<Record<string, string>> => basic("ada", PASSWORD);

    before(async function () {
      const tls = await makeCertificate(this, folder.path);
      ca = readFileSync(tls.certFile, "utf8");
      const usersFile = path.join(folder.path, "users");
      writeFileSync(usersFile, `ada:${await hashPassword(PASSWORD)}\n`);
      access = { ...PLACE, kind: "basic", tls, usersFile };
      served = await pages.serve(0, access);
    });

    guards(() => ({ ask, own }));

    it("asks for a password, and takes the right one of the right user alone", async () => {
      const { status, headers } = await ask({ path: "/" });
      assert.deepEqual([status, headers["www-authenticate"]], [401, 'Basic realm="Chat sessions", charset="UTF-8"']);
      for (const given of [basic("ada", "x"), basic("bob", PASSWORD), basic("", ""), { authorization: "Basic x" }]) {
        assert.equal((await ask({ path: "/api/status", headers: given })).status, 401, given["authorization"]);
      }
      assert.equal((await ask({ path: "/api/status", headers: own() })).status, 200);
    });

    it("stops whoever guesses, and goes on for who is in", async () => {
      const guessed = await pages.serve(0, access);
      const guess = (password: string): Promise<PublicReply> =>
        askPublic(guessed, { path: "/api/status", headers: basic("ada", password) }, ca);
      assert.equal((await guess(PASSWORD)).status, 200);
      const statuses: number[] = [];
      for (let number = 0; number < 12; number++) statuses.push((await guess(`guess-${number}`)).status);
      assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429, 429]);
      const { headers, body } = await guess("one more");
      assert.match(String(headers["retry-after"]), /^\d+$/);
      assert.match(body, /TOO_MANY.*too many wrong passwords/);
      assert.equal((await guess(PASSWORD)).status, 200);
    });

    it("forgets a user who is gone from the file", async () => {
      const { usersFile } = access;
      const asked = await pages.serve(0, access);
      const statusNow = async (): Promise<number> =>
        (await askPublic(asked, { path: "/api/status", headers: own() }, ca)).status;
      const before = readFileSync(usersFile, "utf8");
      const replace = (text: string): void => {
        writeFileSync(`${usersFile}.new`, text);
        renameSync(`${usersFile}.new`, usersFile);
      };
      const becomes = async (status: number): Promise<void> => {
        let last = 0;
        // Few questions, since each with a wrong password is one of ten.
        for (let number = 0; number < 4 && last !== status; number++) {
          await sleep(LOOK_INTERVAL_MS);
          last = await statusNow();
        }
        assert.equal(last, status);
      };
      assert.equal(await statusNow(), 200);
      replace(before.replace("ada:", "eve:"));
      await becomes(401);
      replace(before);
      await becomes(200);
    });

    it("answers nothing without TLS", async () => {
      await assert.rejects(askPublic(served, { path: OPEN_PATH }));
    });

    it("tells the log neither a password nor a name that may be one", async () => {
      const quiet = await pages.serve(0, access);
      const lines = await told(async () => {
        await askPublic(quiet, { path: "/", headers: basic(PASSWORD, "ada") }, ca);
        await askPublic(quiet, { path: "/", headers: basic("ada", "wrong-words") }, ca);
      });
      assert.equal(lines.length, 2);
      assert.doesNotMatch(lines.join(), /horse|wrong-words|ada/);
    });
  });
});
