import assert from "node:assert/strict";
import { BeamError } from "../../../src/beam/error";
import { embedText } from "../../../src/io/bedrock/embed-text";
import { checkBedrock, probeVectorSize } from "../../../src/io/bedrock/check";
import { embed } from "../../../src/io/bedrock/embed";
import { DEFAULT_SUMMARISE, embeddingModel, type EmbedSettings } from "../../../src/io/bedrock/settings";
import { NO_FAULTS } from "../../../src/local/bedrock/faults";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import type { SummarisedPart } from "../../../src/chat/model";
import { driveAsync } from "../../support/beam/drive-async";
import { CHATS_IN_FIVE_SCRIPTS, summarisedPart } from "../../support/chat/session-parts";
import { contentsOf, planned } from "../../support/chat/planned";

const V1 = "amazon.titan-embed-text-v1";
const V2 = "amazon.titan-embed-text-v2:0";

describe("embed on the local Bedrock", () => {
  let server: LocalBedrock;
  before(async () => {
    server = await startLocalBedrock(0);
  });
  beforeEach(() => server.setFaults(NO_FAULTS));
  after(() => server.close());

  function settings(change: Partial<EmbedSettings> = {}): EmbedSettings {
    const bedrock = { region: "us-east-1", endpoint: server.url, maxConcurrentCalls: 8, requestTimeoutMs: 5_000 };
    return { bedrock, model: embeddingModel(V1), of: "summary", ...change };
  }

  async function embedAll(parts: readonly SummarisedPart[], own: EmbedSettings = settings()) {
    const { outputs } = await driveAsync(embed(own), parts.map(planned), ["main", "deadLetters"]);
    return { ...outputs, main: contentsOf(outputs.main) };
  }

  async function jobError(promise: Promise<unknown>): Promise<BeamError> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert(error instanceof BeamError, String(error));
    return error;
  }

  it("gives 1,536 floats with Titan v1, and each size of v2", async () => {
    const own = await embedAll([summarisedPart("where is my order")]);
    assert.equal(own.main[0]?.embedding.length, 1_536);
    assert.equal(own.main[0]?.embeddingModel, V1);
    for (const dimensions of [256, 512, 1_024]) {
      const model = embeddingModel(V2, dimensions);
      const { main } = await embedAll([summarisedPart("where is my order")], settings({ model }));
      assert.equal(main[0]?.embedding.length, dimensions);
      assert(Math.abs(Math.hypot(...main[0].embedding) - 1) < 1e-5);
      assert.deepEqual(await probeVectorSize(settings({ model })), { kind: "answer", value: dimensions });
    }
    const raw = await embedAll([summarisedPart("one two three")], settings({ model: embeddingModel(V2, 256, false) }));
    assert(Math.abs(Math.hypot(...raw.main[0]!.embedding) - 1) > 0.1);
  });

  it("brings texts that share words nearer than others, in five scripts", async () => {
    for (const chat of Object.values(CHATS_IN_FIVE_SCRIPTS)) {
      const [first, second] = [chat[0]!, chat[1]!];
      const { main } = await embedAll([
        summarisedPart(first),
        summarisedPart(`${first} ${second}`),
        summarisedPart(second),
      ]);
      const vector = (summary: string) => main.find((own) => own.summary.summary === summary)!.embedding;
      const near = cosine(vector(first), vector(`${first} ${second}`));
      assert(near > cosine(vector(first), vector(second)) + 0.1, `${chat[0]}: ${near}`);
    }
  });

  it("embeds a whole session, cut to the model's limits without breaking a character", async () => {
    for (const text of ["order ".repeat(20_000), "中".repeat(60_000), "😀".repeat(30_000), "<&\u0001".repeat(30_000)]) {
      const { main, deadLetters } = await embedAll([summarisedPart("s", [text, text])], settings({ of: "session" }));
      assert.deepEqual(deadLetters, []);
      assert.equal(main.length, 1);
    }
  });

  it("embeds a summary without a word", async () => {
    const { main } = await embedAll([summarisedPart("👍"), summarisedPart("!?")]);
    assert(main.every(({ embedding }) => Math.hypot(...embedding) > 0.9));
  });

  it("makes a dead letter of what the model rejects", async () => {
    server.setFaults({ rejectText: "where is" });
    const { deadLetters } = await embedAll([summarisedPart("where is my order")]);
    assert.equal(deadLetters[0]?.code, "EMBEDDING_REFUSED");
    assert.equal(deadLetters[0].stage, "embed");
  });

  it("refuses vectors of another size, at the start and later", async () => {
    server.setFaults({ vectorSize: 1_024 });
    assert.equal((await jobError(probeVectorSize(settings()))).code, "VECTOR_SIZE");
    assert.equal((await jobError(embedAll([summarisedPart("hello")]))).code, "VECTOR_SIZE");
  });

  it("waits while the model throttles, and says so when that does not end", async () => {
    const { bedrock, model } = settings();
    server.setFaults({ throttleFraction: 1 });
    assert.deepEqual(
      await jobError(embedText({ bedrock, model }, "refund")).then(({ code, message }) => [code, message]),
      [
        "SERVICE_UNREACHABLE",
        `Bedrock throttles ${V1}, so the text has no vector: try again in a minute, or search by words with --mode keyword.`,
      ],
    );
    let told = 0;
    const onThrottled = (): void => {
      told++;
      setTimeout(() => server.setFaults({ throttleFraction: 0 }), 500);
    };
    const vector = await embedText({ bedrock, model }, "refund", { maxThrottledMs: 10_000, onThrottled });
    assert.deepEqual([vector.length, told], [1_536, 1]);
  }).timeout(60_000);

  it("checks both models at the start, and says what to mend", async () => {
    const own = settings();
    const both = { summarise: { ...DEFAULT_SUMMARISE, bedrock: own.bedrock }, embed: own };
    await checkBedrock(both);
    server.setFaults({ retired: [V1] });
    assert.match(
      (await jobError(checkBedrock(both))).message,
      /amazon.titan-embed-text-v1 has reached its end of life/,
    );
    server.setFaults({ retired: [], denied: [DEFAULT_SUMMARISE.model] });
    assert.equal((await jobError(checkBedrock(both))).code, "ACCESS_DENIED");
    server.setFaults({ denied: [], throttleFraction: 1 });
    assert.deepEqual(await probeVectorSize(own), { kind: "throttled" }, "a model that throttles is there");
    const nowhere = { ...own.bedrock, endpoint: "http://127.0.0.1:9" };
    assert.equal((await jobError(probeVectorSize({ ...own, bedrock: nowhere }))).code, "SERVICE_UNREACHABLE");
  });
});

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, component, index) => sum + component * b[index]!, 0) / (Math.hypot(...a) * Math.hypot(...b));
}
