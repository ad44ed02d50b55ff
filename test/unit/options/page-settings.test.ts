/** Who may be shown the page is decided before anything listens. */
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BeamError } from "../../../src/beam/error";
import { readPageLine } from "../../../src/cli/page";
import { readOptions } from "../../../src/options";
import { pageAccess } from "../../../src/options/page-settings";
import { PAGE } from "../../../src/options/commands";
import { typed } from "../../../src/options/command-line";
import { hashPassword } from "../../../src/page/auth/passwords";
import type { PageAccess, TlsFiles } from "../../../src/page/auth/settings";
import { makeCertificate } from "../../support/page/certificate";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/chats/0123456789abcdef";
const ORIGIN = "--page-origin https://chats.example.org";
const ALB = `--page-auth oidc-header ${ORIGIN} --page-alb ${ARN} --page-oidc-issuer https://idp --page-oidc-audience c1`;
const OIDC = `--page-auth oidc-header ${ORIGIN} --page-oidc-issuer https://idp --page-oidc-audience c1 --page-oidc-header X-Token --page-oidc-keys https://idp.example.org/keys`;

function access(argv: string, environment: Record<string, string> = {}): PageAccess | undefined {
  const line = readPageLine(argv.split(" ").filter(Boolean), environment);
  const own = pageAccess({ values: typed(line, PAGE), origins: line.origins });
  const job = readOptions(["--page", ...argv.split(" ").filter(Boolean)], environment);
  assert.deepEqual(job.page?.access, own, "npm start decides alike");
  return own;
}

function refusal(argv: string, environment: Record<string, string> = {}): string {
  try {
    access(argv, environment);
  } catch (error) {
    assert.ok(error instanceof BeamError && error.code === "BAD_OPTION", String(error));
    return error.message;
  }
  return assert.fail(`not refused: ${argv}`);
}

describe("the page for others", () => {
  let folder: TemporaryFolder;
  let tls: TlsFiles;
  let users: string;
  let withTls: string;
  let basic: string;

  before(async function () {
    folder = await temporaryFolder("page-settings");
    tls = await makeCertificate(this, folder.path);
    users = path.join(folder.path, "users");
    writeFileSync(users, `ada:${await hashPassword("a long password")}\n`);
    withTls = `--page-tls-cert ${tls.certFile} --page-tls-key ${tls.keyFile}`;
    basic = `--page-auth basic ${ORIGIN} ${withTls} --page-users ${users}`;
  });
  after(() => folder?.remove());

  it("is for this machine alone without options", () => {
    for (const argv of ["", "--page-auth link", "--page-host 127.0.0.1", "--page-port 5000"]) {
      assert.equal(access(argv), undefined, argv);
    }
  });

  it("is refused on any other address without a sign-in, in a sentence that says the cure", () => {
    for (const host of ["0.0.0.0", "::", "::1", "127.0.0.2", "10.0.0.5", "192.0.2.1", "::ffff:127.0.0.1"]) {
      const expected = /^--page-host \S+ would show the page to other machines: give --page-auth basic or oidc-header/;
      assert.match(refusal(`--page-host ${host}`), expected, host);
      assert.match(refusal("", { CHAT_SESSIONS_PAGE_HOST: host }), expected, "nor by a variable");
    }
    for (const host of ["localhost", "example.org", "127.1", "0"]) {
      assert.match(refusal(`--page-host ${host}`), /^--page-host must be an IP address/, host);
    }
  });

  it("takes a load balancer by its ARN, with the keys of its region", () => {
    const { token, host, tls: none } = access(`${ALB} --page-host 0.0.0.0`) as PageAccess & { kind: "oidc-header" };
    assert.deepEqual([host, none], ["0.0.0.0", undefined]);
    assert.deepEqual(token, {
      ...{ header: "x-amzn-oidc-data", issuer: "https://idp", audience: "c1" },
      keys: { kind: "alb", url: "https://public-keys.auth.elb.eu-west-1.amazonaws.com", signer: ARN },
    });
    const urlOf = (argv: string): string => (access(argv) as PageAccess & { kind: "oidc-header" }).token.keys.url;
    assert.equal(
      urlOf(ALB.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1")),
      "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1",
    );
    const china = ALB.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1");
    assert.match(refusal(china), /partition aws-cn needs --page-oidc-keys/);
    assert.equal(urlOf(`${china} --page-oidc-keys https://keys.example.cn/folder/`), "https://keys.example.cn/folder");
  });

  it("takes any proxy's header with a set of keys, with TLS or without", () => {
    assert.deepEqual(access(`${OIDC} ${withTls}`), {
      ...{ kind: "oidc-header", host: "127.0.0.1", origin: "https://chats.example.org", tls },
      token: {
        ...{ header: "x-token", issuer: "https://idp", audience: "c1" },
        keys: { kind: "jwks", url: "https://idp.example.org/keys" },
      },
    });
  });

  it("takes passwords over TLS", () => {
    const origin = "https://chats.example.org";
    assert.deepEqual(access(basic), { kind: "basic", host: "127.0.0.1", origin, tls, usersFile: users });
  });

  it("is refused with what is missing, of no use or cannot be read", () => {
    const cases: readonly (readonly [argv: string, expected: RegExp])[] = [
      ["--page-auth basic", /^--page-auth basic needs --page-origin, the address/],
      [`--page-auth basic ${ORIGIN} --page-users ${users}`, /^--page-auth basic would send passwords unencrypted/],
      [`--page-auth basic ${ORIGIN} ${withTls}`, /^--page-auth basic needs --page-users, the file that npm run page/],
      [`${basic}-none`, /^--page-users \S+-none: there is no such file; npm run page -- user/],
      [basic.replace(`--page-tls-key ${tls.keyFile}`, ""), /need each other/],
      [basic.replace(tls.keyFile, users), /must be a certificate, .* and its own private key/],
      [basic.replace(tls.certFile, tls.keyFile), /must be a certificate/],
      [basic.replace(users, tls.keyFile), /^--page-users \S+: line 1 is not a user/],
      [`${basic} --page-alb ${ARN}`, /^--page-alb is of no use with --page-auth basic\.$/],
      [`${ALB} --page-users ${users}`, /^--page-users is of no use with --page-auth oidc-header\.$/],
      [`${ORIGIN}`, /^--page-origin is of no use with --page-auth link\.$/],
      [`${withTls}`, /^--page-tls-cert is of no use with --page-auth link\.$/],
      [ALB.replace(` ${ORIGIN}`, ""), /^--page-auth oidc-header needs --page-origin/],
      [ALB.replace("--page-oidc-audience c1", ""), /needs --page-oidc-audience, the client id of the load balancer/],
      [ALB.replace("--page-oidc-issuer https://idp", ""), /needs --page-oidc-issuer/],
      [OIDC.replace("--page-oidc-header X-Token", ""), /needs --page-oidc-header, the header/],
      [OIDC.replace("--page-oidc-keys https://idp.example.org/keys", ""), /needs --page-oidc-keys, the address/],
      [
        OIDC.replace("https://idp.example.org/keys", "http://idp.example.org/keys"),
        /^--page-oidc-keys must be an https/,
      ],
      [
        OIDC.replace("https://idp.example.org/keys", "https://u:p@idp.example.org"),
        /^--page-oidc-keys must be an https/,
      ],
      [OIDC.replace("X-Token", "X:Token"), /^--page-oidc-header must be the name of a header/],
      [ALB.replace("loadbalancer/app", "loadbalancer/net"), /^--page-alb must be the ARN of an Application Load/],
      [ALB.replace("https://chats", "http://chats"), /^--page-origin must be an address such as https:/],
      [ALB.replace("example.org", "example.org/page"), /^--page-origin must be an address such as https:/],
      ["--page-auth none", /^--page-auth must be one of link, basic, oidc-header/],
    ];
    for (const [argv, expected] of cases) assert.match(refusal(argv.replace(/ +/g, " ").trim()), expected, argv);
  });

  it("is refused with files that every account may write", () => {
    for (const file of [users, tls.certFile, tls.keyFile]) {
      chmodSync(file, 0o602);
      assert.match(refusal(basic), /^--page-(users|tls-cert|tls-key) \S+: every account of this machine may write it/);
      chmodSync(file, 0o600);
    }
  });

  it("is refused with a file without users", () => {
    const empty = path.join(folder.path, "empty");
    writeFileSync(empty, "# nobody\n");
    assert.match(refusal(basic.replace(users, empty)), /^--page-users \S+: there is no user in it/);
  });

  it("is not described to a job that serves none", () => {
    const read = (argv: string, environment = {}): unknown => readOptions(argv.split(" "), environment).page;
    const expected = /--page-host is of no use here, since this job serves no page: give --page too, or leave it out/;
    assert.throws(() => read("--once --page-host 127.0.0.1"), expected);
    assert.throws(() => read("--json --page-origin https://chats.example.org"), /--page-origin is of no use here/);
    assert.equal(read("--once", { CHAT_SESSIONS_PAGE_HOST: "127.0.0.1" }), undefined, "variables outlive a command");
    const domain = "--no-local --opensearch-endpoint https://search-x.eu-west-1.es.amazonaws.com --stream chat";
    assert.doesNotThrow(() => readPageLine(`--redrive ${domain} --page-host 127.0.0.1`.split(" "), {}));
  });

  it("is served beside a job when it is asked for, and contradicts --no-page", () => {
    const argv = `--once ${basic}`.split(" ");
    assert.equal(readOptions(argv, {}).page?.access?.kind, "basic");
    assert.throws(() => readOptions([...argv, "--no-page"], {}), /--no-page contradicts --page-auth/);
    assert.throws(() => readOptions(["--no-page", "--page-host", "0.0.0.0"], {}), /--no-page contradicts --page-host/);
  });
});
