import assert from "node:assert/strict";
import { embeddedPart } from "../../support/opensearch/embedded-parts";
import { isFatal } from "../../support/chat/fatal";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { fill, MODEL, recordLetter, SESSIONS, startSearchable } from "../../support/opensearch/searchable";
import { documentsHarness } from "../../support/opensearch/write-elements";
import { DirectRunner } from "../../../src/beam/direct";
import { embedText } from "../../../src/io/bedrock/embed-text";
import { embeddingModel } from "../../../src/io/bedrock/settings";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { listDeadLetters } from "../../../src/io/opensearch/letters/dead-letter-store";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import type { RunningServices } from "../../../src/local/services";
import { readOptions } from "../../../src/options";
import { redrive } from "../../../src/redrive";
import { deadLetters } from "../../../src/cli/dead-letters";
import { search } from "../../../src/cli/search";
import { deadLetterId } from "../../../src/chat/steps/documents/document";

interface Printed {
  readonly hits: readonly { readonly document: { readonly userId: string } }[];
}

describe("the commands search and dead-letters", function () {
  this.timeout(180_000);
  let folder: string;
  let services: RunningServices;
  const said: string[] = [];

  before(async () => {
    folder = makeFolder("opensearch-tools");
    services = await startSearchable(folder);
    await fill(services);
    await refresh();
  });

  after(async () => {
    await services.stop();
    await removeFolder(folder);
  });

  async function refresh(): Promise<void> {
    await fetch(`${services.endpoints.opensearch}/_refresh`, { method: "POST" });
  }

  const say = (line: string): void => void said.push(line);
  const ask = (...argv: string[]) => search([...argv, "--data-dir", folder], {}, 120, say);
  const letters = (...argv: string[]) => deadLetters([...argv, "--data-dir", folder], {}, 160, say);

  it("search prints a table that stored text cannot break, and says what local vectors are", async () => {
    const text = await ask("refund for my kettle");
    const rows = text.split("\n").filter((line) => /│ \d+ +│/.test(line));
    assert.equal(rows.length, SESSIONS.length);
    assert.match(rows[0] ?? "", /│ 1 +│ 2026-03-01 12:00 │ alice +│ refund request/);
    assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
    assert.match(text, /knows words, and meanings by a small English encoder at most/);
  });

  it("search names the intents that the index has when no session has the one that was asked for", async () => {
    const text = await ask("x", "--intent", "Refund requests");
    const known = "There are account, change_address, complaint, refund_request.";
    assert.equal(
      text,
      `No session was found.\nNo session has the intent "refund_requests". Did you mean refund_request? ${known}`,
    );
    assert.match(await ask("x", "--intent", "Refund request"), /refund request/);
  });

  it("search finds the sessions that hit a rule of alerts, and names the rules that there are", async () => {
    for (const given of ["card", "Card"]) {
      const { hits } = JSON.parse(await ask("anything", "--alert", given, "--json")) as Printed;
      assert.deepEqual(
        hits.map(({ document }) => document.userId),
        ["alice"],
      );
    }
    const said = 'No session has an alert of the rule "cards". Did you mean card? There are card.';
    assert.equal(await ask("anything", "--alert", "cards"), `No session was found.\n${said}`);
    await assert.rejects(ask("anything", "--alert", " "), isFatal("BAD_OPTION", /--alert/));
  });

  it("search as JSON, filtered, in each mode, finds the index of the job that runs", async () => {
    for (const mode of ["hybrid", "semantic", "keyword"]) {
      const { hits } = JSON.parse(
        await ask("delivery", "address", "--mode", mode, "--json", "--limit", "1"),
      ) as Printed;
      assert.deepEqual(
        hits.map(({ document }) => document.userId),
        ["bob"],
        mode,
      );
    }
    assert.equal(await ask("delivery", "--user", "nobody"), "No session was found.\nLeave out --user.");
    assert.equal(await ask("delivery", "--from", "2026-03-02"), "No session was found.\nLeave out --from.");
    assert.match(await ask("delivery", "--to", "2026-03-02", "--intent", "complaint"), /complaint/);
  });

  it("search shows the message that a session was found by, in a table, a list and as JSON, safely", async () => {
    const found = (width: number, ...argv: string[]) =>
      search([...argv, "--data-dir", folder, "--mode", "keyword"], {}, width, say);
    for (const width of [80, 120]) {
      assert.match(await found(width, "leaking spout"), /12:00 customer: Message 0: the \*spout\* leaks/);
      assert.match(await found(width, '"bell twice"'), /12:16 customer: Message 1: ring the \*bell twice\*/);
      const hostile = await found(width, "where is it");
      assert.match(hostile, /\*where is it\*/);
      assert.doesNotMatch(hostile, /[^\P{Cc}\n]|\u202e/u);
    }
    const { hits } = JSON.parse(await found(80, "bell", "--json")) as { hits: { messages: unknown; weak: boolean }[] };
    assert.deepEqual(hits[0]?.messages, [
      {
        index: 0,
        timestamp: "2026-03-01T12:16:40.000Z",
        id: "m-1000",
        role: "customer",
        excerpt: [{ text: "Message 1: ring the " }, { text: "bell", match: true }, { text: " twice" }],
      },
    ]);
    assert.equal(hits[0].weak, false);
    assert.match(await found(80, "leaking bathtub spout faucets"), /^Nothing fits this well; nearest are:\n/);
  });

  it("search waits while Bedrock throttles, and says so", async () => {
    const faults = (throttleFraction: number) =>
      fetch(`${services.endpoints.bedrock}/_local/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ throttleFraction }),
      });
    said.length = 0;
    assert.equal((await faults(1)).status, 200);
    const asked = ask("refund", "--mode", "semantic");
    await until("it was said", () =>
      said.some((line) => /Bedrock throttles .*titan-embed-text-v1; waiting/.test(line)),
    );
    await faults(0);
    assert.match(await asked, /│ 1 +│ .*alice/);
    assert.equal(said.length, 1);
  });

  it("search takes the model that filled the index, and refuses another", async () => {
    const { bedrock, opensearch } = services.endpoints;
    const model = embeddingModel("amazon.titan-embed-text-v2:0", 256);
    const settings = openSearchSettings({
      connection: { endpoint: opensearch! },
      index: "narrow",
      dimension: 256,
      embeddingModel: model.id,
      stream: "s",
    });
    await prepareOpenSearch(settings);
    const at = { region: "us-east-1", endpoint: bedrock!, maxConcurrentCalls: 1, requestTimeoutMs: 10_000 };
    const summary = "A question about a kettle.";
    const embedding = await embedText({ bedrock: at, model }, summary);
    const write = await documentsHarness(settings);
    await write.call([{ ...embeddedPart(1, 8, { summary }), embedding }]);
    await refresh();
    for (const given of [[], ["--embedding-model", model.id], ["--embedding-dimensions", "256"]]) {
      assert.match(await ask("kettle", "--index", "narrow", "--mode", "semantic", ...given), /about a kettle/);
    }
    await assert.rejects(
      ask("kettle", "--index", "narrow", "--embedding-model", MODEL.id),
      isFatal("BAD_OPTION", /"narrow" holds vectors of amazon\.titan-embed-text-v2:0 \(256 numbers\)/),
    );
    await assert.rejects(ask("x", "--embedding-model", "no.such"), isFatal("BAD_OPTION", /no embedding model/));
  });

  it("refuse what they cannot do, in a sentence", async () => {
    await assert.rejects(ask(), isFatal("BAD_OPTION", /Ask something/));
    await assert.rejects(ask("x", "--limit", "0"), isFatal("BAD_OPTION", /--limit/));
    const turned = ["--from", "2026-03-02", "--to", "2026-03-01"];
    await assert.rejects(ask("x", ...turned), isFatal("BAD_OPTION", /--from lies after --to/));
    await assert.rejects(ask("x", "--index", "nothing-here"), isFatal("INDEX_MISFIT", /nothing-here/));
    await assert.rejects(letters("bury"), isFatal("BAD_OPTION", /list, show or redrive/));
    await assert.rejects(letters("show"), isFatal("BAD_OPTION", /--id/));
    await assert.rejects(letters("show", "no-such"), isFatal("BAD_OPTION", /no dead letter/));
    await assert.rejects(letters("list", "--code", "OOPS"), isFatal("BAD_OPTION", /--code/));
  });

  it("dead-letters lists and shows, safely", async () => {
    assert.match(await letters("list"), /5 of 5 dead letters\.$/);
    assert.match(await letters("list", "--limit", "1"), /1 of 5 dead letters \(/);
    const { letters: found } = JSON.parse(await letters("list", "--json", "--stage", "summarise")) as {
      letters: { id: string; code: string }[];
    };
    assert.deepEqual(
      found.map(({ code }) => code),
      ["MODEL_REFUSED"],
    );
    const session = await letters("show", found[0]!.id);
    assert.match(session, /Holds +session, 2 messages/);
    assert.match(session, /2026-03-01T12:00:01\.000Z {2}message 1\n/);
    const binary = await letters("show", deadLetterId(recordLetter(2, "")));
    assert.match(binary, /hexadecimal:\nfffe001b$/);
    const hostile = await letters("show", deadLetterId(recordLetter(3, "")));
    assert.doesNotMatch(hostile, /[^\P{Cc}\n]/u);
    const whole = JSON.parse(await letters("show", "--json", "--id", deadLetterId(recordLetter(2, "")))) as {
      payload: string;
    };
    assert.equal(whole.payload, "//4AGw==");
  });

  it("dead-letters redrives: what succeeds becomes a document and goes, what fails again stays", async () => {
    assert.equal(
      await letters("redrive"),
      "4 dead letters redriven: 2 succeeded, 2 failed again and stay (list tells why).\n" +
        "Not redriven: 1 dead letter without the whole record; list says where it is and how to read it again.",
    );
    await refresh();
    const { letters: left } = JSON.parse(await letters("list", "--json")) as {
      letters: { attempts: number; code: string }[];
    };
    assert.deepEqual(
      left.map(({ attempts, code }) => ({ attempts, code })),
      [
        { attempts: 2, code: "UNREADABLE" },
        { attempts: 2, code: "UNREADABLE" },
        { attempts: 1, code: "UNREADABLE" },
      ],
    );
    assert.match(await ask("anything", "--user", "zoe"), /│ zoe +│/);
    assert.match(await ask("anything", "--user", "yan"), /│ yan +│/);
    assert.equal(await letters("redrive", "--stage", "embed"), "There are no such dead letters.");

    const settings = readOptions(["--index", "chats"], {}).pipelineSettings(services.endpoints, Date.now());
    const { connection, deadLetterIndex: index } = settings.openSearch;
    const store = { client: openSearchClient(connection), index };
    const rounds: number[] = [];
    const inRounds = redrive(store, listDeadLetters(store), settings, new DirectRunner(), {
      bounds: { maxLetters: 1, maxBytes: 1_000_000 },
      onRound: (letters) => void rounds.push(letters),
    });
    assert.deepEqual(await inRounds, { redriven: 2, succeeded: 0, failedAgain: 2, truncated: 1 });
    assert.deepEqual(rounds, [1, 1]);
    await store.client.close();
  });

  it("start the services for themselves when no job runs", async () => {
    await services.stop();
    said.length = 0;
    assert.match(await ask("refund", "--index", "chats"), /alice/);
    assert.match(said.join(), /No job runs here/);
    services = await startSearchable(folder);
  });
});
