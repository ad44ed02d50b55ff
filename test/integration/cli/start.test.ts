/** `npm start` and its companions as a person runs them, in a data folder of their own, without any setting. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { alerts } from "../../../src/cli/alerts";
import { search } from "../../../src/cli/search";
import type { SearchHit } from "../../../src/io/opensearch/searching/search";
import { findServices } from "../../../src/local/folder";
import { sampleChat } from "../../../src/local/sample/chat";
import type { RedriveAnswer } from "../../../src/page/letters/contract";
import { startOpenSearch } from "../../../src/local/opensearch/launch";
import type { HelpWanted } from "../../../src/options";
import { commandsIn, commandsOfDocs } from "../../support/printed-commands";
import { command, npm } from "../../support/processes/npm";
import { StoredIndex } from "../../support/opensearch/stored";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const VECTOR_LENGTH = 1_536;

async function once(folder: string): Promise<Record<string, number>> {
  return accountIn(await outputOfOnce(folder));
}

async function outputOfOnce(folder: string): Promise<string> {
  const { exitCode, stdout, stderr } = await npm("start", "--once", "--data-dir", folder).ended;
  assert.equal(exitCode, 0, stdout + stderr);
  return stdout;
}

function accountIn(stdout: string): Record<string, number> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, number>;
}

/** The account without its figures of alerts. */
function messagesIn(account: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(account).filter(([name]) => !name.startsWith("alerts")));
}

/** The number of alerts that the log and the receiver got, each of them all that were not suppressed. */
function toldBy(account: Readonly<Record<string, number>>): number {
  const told = (account["alertsRaised"] ?? 0) - (account["alertsSuppressed"] ?? 0);
  assert.equal(account["alertsLogged"], told);
  assert.equal(account["alertsToWebhook"], told);
  return told;
}

/** The threat is shown as it is read, and again with its session's summary; lines of one severity keep their order. */
function showsAlerts(output: string): void {
  const rules = [...output.matchAll(/^ALERT .* critical · (.+) · user /gm)].map(([, rule]) => rule!);
  const [read, summed] = ["Words of threat", "Violence, by the summary"].map((rule) => rules.indexOf(rule)) as [
    number,
    number,
  ];
  assert.ok(read >= 0 && read < summed, `the threat, then its session: ${rules.join()}`);
}

/** Ids of all documents in the folder's index, once its vectors have the right length. */
async function storedIds(folder: string): Promise<readonly string[]> {
  const server = await startOpenSearch({ dataDirectory: path.join(folder, "opensearch-data") });
  const index = new StoredIndex(server.url, "chat-sessions");
  try {
    const parts = await index.parts();
    for (const { embeddingLength } of parts) assert.equal(embeddingLength, VECTOR_LENGTH);
    return parts.map(({ id }) => id).sort();
  } finally {
    await index.close();
    await server.stop();
  }
}

/** Runs each search that README and its own help print, on the sample chat: the best hit must be a good one. */
async function findsAsPrinted(folder: string): Promise<void> {
  const silent = (): void => undefined;
  const help = await search(["--help"], {}, 80, silent).catch((error: unknown) => (error as HelpWanted).help);
  const all = [...commandsOfDocs().filter(({ where }) => where.startsWith("README")), ...commandsIn(help, "help")];
  const searches = all.filter(
    ({ script, args }) => script === "search" && args.length > 0 && !args.includes("--no-local"),
  );
  assert.ok(searches.length >= 5);
  for (const { text, args } of searches) {
    const printed = await search([...args, "--data-dir", folder, "--json"], {}, 80, silent);
    const { hits } = JSON.parse(printed) as { readonly hits: readonly SearchHit[] };
    assert.ok(hits.length > 0 && !hits[0]!.weak && hits[0]!.messages.length > 0, `${text}: ${printed.slice(0, 500)}`);
    for (const filter of ["user", "intent"] as const) {
      const wanted = args[args.indexOf(`--${filter}`) + 1];
      const found = hits.map(({ document }) => document[filter === "user" ? "userId" : "intent"]);
      if (args.includes(`--${filter}`)) assert.deepEqual([...new Set(found)], [wanted], text);
    }
  }
}

/**
 * Runs `npm run page` beside the job, whose own page has another link, until Ctrl-C. It redrives by its own options:
 * they mend the sample's record without a user.
 */
async function servesAlone(folder: string): Promise<void> {
  const page = command(["page", "--data-dir", folder, "--redrive", "--user-field", "content"]);
  const link = (): string => /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/.exec(page.output())?.[0] ?? "";
  await page.until("the page's link is printed", () => link() !== "", 90_000);
  const answer = await fetch(link());
  assert.equal(answer.status, 200);
  const cookie = answer.headers.getSetCookie()[0]!.split(";")[0]!;
  const found = await fetch(new URL("/api/search?user=zoe", link()), { headers: { cookie } });
  assert.match(await found.text(), /"userId":"zoe"/);
  const redrive = new URL("/api/redrive", link());
  const headers = { cookie, "content-type": "application/json" };
  const begun = await fetch(redrive, { method: "POST", headers, body: JSON.stringify({ code: "NO_USER" }) });
  assert.equal(begun.status, 202, await begun.text());
  await until("the letter is redriven", async () => {
    const { last } = (await (await fetch(redrive, { headers: { cookie } })).json()) as RedriveAnswer;
    return last?.endedAt !== undefined && last.redriven === 1 && last.succeeded === 1;
  });
  page.process.kill("SIGINT");
  assert.equal((await page.ended).exitCode, 0, page.output());
}

describe("npm start", function () {
  this.timeout(240_000);
  let folder: string;
  before(async () => {
    folder = makeFolder("start");
  });
  after(() => removeFolder(folder));

  it("--once indexes the whole sample; once more, it finds the same documents under the same ids", async () => {
    const chat = sampleChat(1);
    const output = await outputOfOnce(folder);
    const first = accountIn(output);
    showsAlerts(output);
    assert.equal(first["read"], chat.messageCount + chat.malformedCount);
    assert.equal(first["duplicates"], chat.duplicateCount);
    assert.equal(first["deadLetters"], chat.malformedCount);
    assert.equal(first["indexed"], chat.messageCount - chat.duplicateCount);
    const ids = await storedIds(folder);
    assert.equal(ids.length, first["documents"]);
    const told = toldBy(first);
    const again = { indexed: 0, alreadyIndexed: first["indexed"], documents: 0 };
    const second = await once(folder);
    assert.deepEqual(messagesIn(second), { ...messagesIn(first), ...again });
    // Sessions that the index holds ask no model and raise no alert; messages raise theirs again, under the same ids.
    assert.ok(toldBy(second) > 0 && toldBy(second) < told);
    const log = await alerts(["list", "--json", "--data-dir", folder], {}, 80, () => undefined);
    assert.equal((JSON.parse(log) as { readonly total: number }).total, told);
    assert.deepEqual(await storedIds(folder), ids);
  });

  it("runs on until Ctrl-C, with company that finds it, and then leaves nothing behind", async () => {
    const job = npm("start", "--data-dir", folder, "--session-gap", "3s", "--idle-timeout", "1s");
    try {
      await job.until("the first summaries are shown", () => job.output().includes("Try next:"), 120_000);
      const services = await findServices(folder);
      assert.equal(services?.state, "running");

      const second = await npm("start", "--data-dir", folder).ended;
      assert.equal(second.exitCode, 1);
      assert.match(second.stderr, /^The job already runs in this folder [^\n]+\n$/);
      assert.equal(second.stdout.includes("Kinesis  "), false, "nothing was started");

      const asked = ['"replacement by express"', "--role", "agent", "--attribute", "tenant=north", "--json"];
      const found = await npm("search", "--data-dir", folder, ...asked, "--mode", "keyword").ended;
      assert.equal(found.exitCode, 0, found.stderr);
      const { hits } = JSON.parse(found.stdout) as { hits: { messages: object[]; document: { attributes: object } }[] };
      assert.match(
        JSON.stringify(hits[0]?.messages),
        /"role":"agent".*replacement by express/,
        "the agent's own words",
      );
      assert.equal((hits[0]!.document.attributes as { tenant: string }).tenant, "north");

      const sent = await npm("send", "--data-dir", folder, "--user", "zoe", "Where is my parcel?").ended;
      assert.equal(sent.exitCode, 0, sent.stderr);
      assert.match(sent.stdout, /^Sent to shardId-\d+ of my-kinesis-stream/);
      const index = new StoredIndex(services?.opensearch ?? "", "chat-sessions");
      await until("the sent message is indexed", async () =>
        (await index.parts()).some(({ userId }) => userId === "zoe"),
      );
      await index.close();
      await findsAsPrinted(folder);

      await servesAlone(folder);

      job.process.kill("SIGINT");
      const { exitCode, stdout } = await job.ended;
      assert.equal(exitCode, 0);
      const last = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
      assert.equal(last["stopped"], true);
      for (const pid of services?.pids ?? [])
        assert.throws(() => process.kill(pid, 0), /ESRCH/, `process ${pid} is left`);
      assert.equal((await readdir(folder)).includes("services.json"), false);
    } finally {
      job.process.kill("SIGINT");
      await job.ended;
    }
  });

  it("takes its services along when it is killed, and starts again on what it left", async () => {
    const job = npm("start", "--data-dir", folder);
    let services: Awaited<ReturnType<typeof findServices>>;
    const runs = async (): Promise<boolean> => (services = await findServices(folder))?.state === "running";
    await job.until("it runs", runs, 150_000);
    assert.ok(services);
    process.kill(services.pid, "SIGKILL");
    await job.ended;
    const isGone = (pid: number): boolean => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    await until("its services have ended", () => (services?.pids ?? []).every(isGone), 90_000);
    assert.ok((await readFile(path.join(folder, "services.json"), "utf8")).includes("token"), "left behind");
    assert.equal((await once(folder))["deadLetters"], sampleChat(1).malformedCount);
  });

  it("refuses a wrong setting with one sentence and an exit code, before anything starts", async () => {
    const { exitCode, stdout, stderr } = await npm("start", "--stram", "x").ended;
    assert.equal(exitCode, 1);
    assert.equal(stdout, "");
    assert.equal(stderr, "Unknown option '--stram': did you mean --stream?\n");
  });

  it("names what does not answer when a real endpoint is wrong", async () => {
    const flags = [
      "--kinesis-endpoint",
      "http://127.0.0.1:9",
      "--stream",
      "s",
      "--bedrock-endpoint",
      "http://127.0.0.1:9",
    ];
    const job = npm("start", ...flags, "--opensearch-endpoint", "http://127.0.0.1:9", "--data-dir", folder);
    const { exitCode, stderr } = await job.ended;
    assert.equal(exitCode, 1);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.match(stderr, /does not answer|credentials/);
  });
});
