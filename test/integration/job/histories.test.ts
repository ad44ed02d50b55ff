/**
 * The whole job over random histories of a chat: late messages, replays from the beginning and from the middle, edits,
 * messages sent twice, stops, runs cut short and killed, two at once, redrives. In the end, and all the time, the index
 * must be right. `SOAK` plays for an hour.
 */
import assert from "node:assert/strict";
import { describeChat } from "../../../src/local/bedrock/describe-chat";
import { type History, randomHistory } from "../../support/histories/history";
import { judge } from "../../support/histories/judge";
import { indexed, watchIndex } from "../../support/histories/look";
import { Player } from "../../support/histories/play";
import { modelCalls } from "../../support/model-calls";
import { startServices, type TestServices } from "../../support/services";

const SEEDS = 4;
const SOAK_MS = 3_600_000;
const MAX_SHOWN = 10;
/** Calls of the check at a job's start: it asks each model once. */
const CHECK_CALLS = 2;

describe("the index after a random history", function () {
  this.timeout(600_000);
  let services: TestServices;
  before(async () => {
    services = await startServices();
  });
  after(() => services?.stop());

  async function play(seed: number, withKills: boolean): Promise<void> {
    const history: History = randomHistory(seed, {
      users: 6,
      messagesPerUser: 25,
      rounds: 6,
      gapMs: 10_000,
      startMs: Date.now() - 3_600_000,
      withKills,
    });
    const stream = `history-${seed}`;
    await services.kinesis.createStream(stream, 2);
    const player = new Player(services, stream, history);
    const ended = new AbortController();
    const url = services.openSearch.url();
    const watching = watchIndex(url, stream, ended.signal);
    try {
      await player.play();
      await player.run({ kind: "once" });
      await player.run({ kind: "redrive" });
    } finally {
      ended.abort();
    }
    const { vanished, looks } = await watching;
    const sent = history.rounds.flatMap(({ put }) => put);
    const told = (what: string): string =>
      `seed ${seed}, ${history.rounds.map(({ run }) => JSON.stringify(run)).join(" ")}: ${what}`;
    const summaryOf = (contents: readonly string[]): string => describeChat(contents).summary;
    const wrong = judge(sent, await indexed(url, stream), history, summaryOf);
    assert.equal(wrong.length, 0, told(`${wrong.length} things are wrong:\n${wrong.slice(0, MAX_SHOWN).join("\n")}`));
    assert.deepEqual(vanished, [], told("messages vanished"));
    assert(looks > 10, told(`${looks} looks`));
    const before = await modelCalls(services);
    await player.run({ kind: "once" });
    assert.equal((await modelCalls(services)) - before, CHECK_CALLS, told("a pure replay called a model"));
  }

  if (process.env["SOAK"] === undefined) {
    for (let seed = 1; seed <= SEEDS; seed++) it(`is right (seed ${seed})`, () => play(seed, seed === SEEDS));
  } else {
    it("is right for an hour", async function () {
      this.timeout(SOAK_MS + 600_000);
      const startMs = Date.now();
      for (let seed = 100; Date.now() - startMs < SOAK_MS; seed++) await play(seed, true);
    });
  }
});
