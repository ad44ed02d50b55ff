/**
 * The whole job over random histories of a chat: late messages, replays from the beginning and from the middle, edits,
 * messages sent twice, stops, runs cut short and killed, two at once, redrives; on the direct runner and on Flink. In
 * the end, and all the time, the index must be right. `SOAK` plays for an hour, on both runners in turns. `HISTORY`
 * plays one of them again, such as `HISTORY=flink:101`.
 */
import assert from "node:assert/strict";
import { describeChat } from "../../../src/local/bedrock/describe-chat";
import { FlinkJobs } from "../../support/histories/flink-jobs";
import { type History, randomHistory, type RunnerName } from "../../support/histories/history";
import { judge } from "../../support/histories/judge";
import { indexed, watchIndex } from "../../support/histories/look";
import { Player } from "../../support/histories/play";
import { SOAK } from "../../support/long";
import { modelCalls } from "../../support/model-calls";
import { startServices, type TestServices } from "../../support/services";

const SEEDS: readonly (readonly [RunnerName, number])[] = [
  ...([1, 2, 3, 4] as const).map((seed) => ["direct", seed] as const),
  ["flink", 1],
];
const FILE = "test/integration/job/histories.test.ts";
const SOAK_MS = 3_600_000;
const MAX_SHOWN = 10;
/** Calls of the check at a job's start: it asks each model once. */
const CHECK_CALLS = 2;
const ROUNDS = { direct: 6, flink: 4 } as const;

describe("the index after a random history", function () {
  this.timeout(600_000);
  let services: TestServices;
  before(async () => {
    services = await startServices();
  });
  after(() => services?.stop());

  async function play(runner: RunnerName, seed: number): Promise<void> {
    const history: History = randomHistory(seed, {
      runner,
      users: 6,
      messagesPerUser: 25,
      rounds: ROUNDS[runner],
      gapMs: 10_000,
      startMs: Date.now() - 3_600_000,
    });
    const stream = `history-${runner}-${seed}`;
    await services.kinesis.createStream(stream, 2);
    const flink = runner === "flink" ? await FlinkJobs.open() : undefined;
    try {
      await playAndJudge(stream, history, new Player(services, stream, history, flink));
    } catch (error) {
      const rounds = history.rounds.map(({ run }) => JSON.stringify(run)).join(" ");
      const said = error instanceof Error ? error.message : String(error);
      throw new Error(
        `HISTORY=${runner}:${seed} npm test -- ${FILE} plays it again; edits: ${history.onEdit}; its runs: ${rounds}; ${said}`,
        {
          cause: error,
        },
      );
    } finally {
      await flink?.close();
    }
  }

  async function playAndJudge(stream: string, history: History, player: Player): Promise<void> {
    const ended = new AbortController();
    const url = services.openSearch.url();
    const watching = watchIndex({ url, index: stream, onEdit: history.onEdit }, ended.signal);
    try {
      await player.play();
      await player.run({ kind: "once" });
      await player.run({ kind: "redrive" });
    } finally {
      ended.abort();
    }
    const { vanished, looks } = await watching;
    const sent = history.rounds.flatMap(({ put }) => put);
    const summaryOf = (contents: readonly string[]): string => describeChat(contents).summary;
    const wrong = judge(sent, await indexed(url, stream), history, summaryOf);
    assert.equal(wrong.length, 0, `${wrong.length} things are wrong:\n${wrong.slice(0, MAX_SHOWN).join("\n")}`);
    assert.deepEqual(vanished, [], "messages vanished");
    assert(looks > 10, `${looks} looks`);
    const before = await modelCalls(services);
    await player.run({ kind: "once" });
    assert.equal((await modelCalls(services)) - before, CHECK_CALLS, "a pure replay called a model");
  }

  const again = /^(direct|flink):(\d+)$/.exec(process.env["HISTORY"] ?? "");
  if (again !== null) {
    it(`is right (${again[0]})`, () => play(again[1] as RunnerName, Number(again[2])));
  } else if (SOAK) {
    it("is right for an hour", async function () {
      this.timeout(SOAK_MS + 600_000);
      const startMs = Date.now();
      for (let seed = 100; Date.now() - startMs < SOAK_MS; seed++) {
        for (const runner of ["direct", "flink"] as const) {
          console.log(`      ${runner}:${seed}, ${Math.round((Date.now() - startMs) / 1_000)} s`);
          await play(runner, seed);
        }
      }
    });
  } else {
    for (const [runner, seed] of SEEDS) it(`is right (${runner}:${seed})`, () => play(runner, seed));
  }
});
