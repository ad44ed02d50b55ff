/** The page of `npm run page --page-auth basic`, beside the job of `npm start`, used by people who sign in. */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "playwright-core";
import { freePort } from "../../../src/beam/process";
import { checkView, NARROW, open, WIDE, type Watched } from "../../support/page/browser";
import { makeCertificate } from "../../support/page/certificate";
import { settled } from "../../support/page/totals";
import { command, type Command, given } from "../../support/processes/npm";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

export interface FolderOfJob {
  readonly folder: string;
  readonly browser: Browser;
}

const ADA = { username: "ada", password: "correct horse battery" } as const;

export function signsIn(of: () => FolderOfJob): void {
  describe("for others, with passwords over TLS", () => {
    let own: TemporaryFolder;
    let page: Command;
    let origin: string;
    let users: string;

    before(async function () {
      own = await temporaryFolder("page-for-others");
      const { certFile, keyFile } = await makeCertificate(this, own.path);
      users = path.join(own.path, "users");
      const port = await freePort();
      origin = `https://localhost:${port}`;
      await written(ADA);
      const place = ["--data-dir", of().folder, "--page-port", String(port), "--page-origin", origin];
      const tls = ["--page-tls-cert", certFile, "--page-tls-key", keyFile];
      page = command(["page", ...place, "--page-auth", "basic", "--page-users", users, ...tls], {
        CHAT_SESSIONS_LOG_LEVEL: "warn",
      });
      await page.until("the page is served", () => page.output().includes(origin), 90_000);
    });
    after(async () => {
      page?.process.kill("SIGINT");
      await page?.ended;
      await own?.remove();
    });

    async function written({ username, password }: typeof ADA): Promise<void> {
      const run = given(["page", "user", username, "--page-users", users], `${password}\n`);
      const { exitCode, stdout, stderr } = await run.ended;
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^ada is in /);
    }

    const windows: Watched[] = [];
    const look = async (): Promise<Watched> => {
      const window = await open(of().browser, `${origin}/`, { httpCredentials: ADA, ignoreHTTPSErrors: true });
      windows.push(window);
      return window;
    };
    afterEach(async () => {
      for (const { context } of windows.splice(0)) await context.close();
    });

    it("is searched and read by who signs in, also live, and the log names who reveals", async () => {
      const { page: window, troubles } = await look();
      await settled(window);
      await window.fill("#question", "IBAN DE89");
      await window.keyboard.press("Enter");
      await window.waitForSelector("mark");
      await settled(window);
      await window.locator("[data-hit]").first().click();
      await window.waitForSelector(".mask");
      await window.getByRole("button", { name: /^Reveal/ }).click();
      await window.waitForSelector("text=3704 0044");
      const told = /^.*were revealed.*$/m;
      await until("the reveal is logged", () => told.test(page.output()));
      assert.match(told.exec(page.output())![0], /"user":"ada"/);
      assert.doesNotMatch(page.output(), /horse/);
      await window.goto(`${origin}/live`);
      await window.waitForSelector("text=These are from the indexes alone");
      assert.deepEqual(troubles, []);
    });

    it("refuses another name in a page that axe finds nothing in", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        for (const [size, viewport] of [
          ["wide", WIDE],
          ["narrow", NARROW],
        ] as const) {
          const context = await of().browser.newContext({ colorScheme, viewport, ignoreHTTPSErrors: true });
          try {
            const window = await context.newPage();
            const answer = await window.goto(`${origin.replace("localhost", "127.0.0.1")}/session/x`);
            assert.equal(answer?.status(), 403);
            assert.equal(await window.innerText("h1"), "Not from here");
            assert.notEqual(await window.evaluate("getComputedStyle(document.querySelector('main')).maxWidth"), "none");
            await checkView(window, "refused", { colorScheme, size });
          } finally {
            await context.close();
          }
        }
      }
    });

    it("has a file of users without passwords that this user alone may read", async () => {
      const text = await readFile(users, "utf8");
      assert.match(text, /^ada:\$scrypt\$ln=15,r=8,p=3\$\S+\n$/);
      assert.equal((await stat(users)).mode & 0o777, 0o600);
    });
  });
}
