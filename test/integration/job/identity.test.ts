import assert from "node:assert/strict";
import { z } from "zod";
import { type JobResult, runJob } from "../../support/chat/job";
import { putRaw } from "../../support/kinesis/producer";
import { type TestServices, startServices } from "../../support/services";

/** Records as producers wrote them: `u2` edits a message, two chats of `u1` count ids for themselves. */
const EDITS = [
  '{"userId":"u1","content":"in the shop\'s chat: refund please","messageId":17,"chat":"shop","timestamp":1795841870000}',
  '{"userId":"u1","content":"in the bank\'s chat: my card is lost","messageId":17,"chat":"bank","timestamp":1795841900000}',
  '{"userId":"u2","content":"my card number is 1111","messageId":"m1","timestamp":1795841870000}',
  '{"userId":"u2","content":"please cancel order 77 instead","messageId":"m1","edited":true,"timestamp":1795841890000}',
];
/** Numbers beyond 2^53 as ids, and what is none. */
const NUMBERS = [
  '{"userId":"u3","content":"once","messageId":1129384756102938475,"timestamp":1795841870000}',
  '{"userId":"u3","content":"once","messageId":1129384756102938475,"timestamp":1795841870000}',
  '{"userId":"u3","content":"once","messageId":1129384756102938476,"timestamp":1795841870000}',
  '{"userId":1129384756102938475,"content":"one user","timestamp":1795841870000}',
  '{"userId":1129384756102938476,"content":"another user","timestamp":1795841870000}',
  '{"userId":"u4","content":"whose id is a list","messageId":[1],"timestamp":1795841870000}',
  '{"userId":"u4","content":"whose id is a list","messageId":[1],"timestamp":1795841870000}',
];
const MESSAGES = [...EDITS, ...NUMBERS];

const MESSAGE = z.looseObject({
  content: z.string(),
  timestamp: z.string(),
  id: z.string().optional(),
  edit: z.boolean().optional(),
  editedAt: z.string().optional(),
  replacedKeys: z.array(z.string()).optional(),
});
const DOCUMENT = z.looseObject({
  userId: z.string(),
  start: z.string(),
  end: z.string(),
  keys: z.array(z.string()),
  messages: z.array(MESSAGE),
});
type Document = z.infer<typeof DOCUMENT>;

describe("the job tells messages apart by id and content", function () {
  this.timeout(240_000);
  let services: TestServices;
  let first: ReadonlyMap<string, Document>;

  before(async () => {
    services = await startServices();
  });
  after(() => services?.stop());

  async function put(stream: string, shards: number, records: readonly string[]): Promise<void> {
    await services.kinesis.createStream(stream, shards);
    const raw = records.map((text, index) => ({ partitionKey: String(index), data: Buffer.from(text) }));
    await putRaw(services.kinesis.client, stream, raw);
  }

  function run(stream: string, index: string, flags: readonly string[] = []): Promise<JobResult> {
    // The records' times stay what they are, whatever the day.
    return runJob({ ...services.targets(stream), index }, ["--once", "--max-future", "3650d", ...flags]);
  }

  async function documents(index: string): Promise<ReadonlyMap<string, Document>> {
    await fetch(`${services.openSearch.url()}/${index}/_refresh`, { method: "POST" });
    const answer = await fetch(`${services.openSearch.url()}/${index}/_search?size=100`);
    const { hits } = (await answer.json()) as { hits: { hits: { _id: string; _source: unknown }[] } };
    return new Map(hits.hits.map(({ _id, _source }) => [_id, DOCUMENT.parse(_source)]));
  }

  function of(found: ReadonlyMap<string, Document>, userId: string): Document {
    const own = [...found.values()].filter((document) => document.userId === userId);
    assert.equal(own.length, 1, `${own.length} documents of ${userId}`);
    return own[0]!;
  }

  it("keeps each text, and all digits of an id", async () => {
    await put("identity", 1, MESSAGES);
    const result = await run("identity", "kept");
    first = await documents("kept");
    const { read, indexed, duplicates, deadLetters, edits, unusableIds } = result;
    assert.deepEqual([read, indexed, duplicates, deadLetters, edits, unusableIds], [11, 9, 2, 0, 2, 2]);
    assert.equal(first.size, 6);
    const told = of(first, "u2").messages.map(({ content, id, edit }) => [content, id, edit]);
    assert.deepEqual(told, [
      ["my card number is 1111", "m1", undefined],
      ["please cancel order 77 instead", "m1", true],
    ]);
    assert.equal(of(first, "u1").messages.length, 2);
    const ids = of(first, "u3").messages.map(({ id }) => id);
    assert.deepEqual(ids, ["1129384756102938475", "1129384756102938476"]);
    for (const userId of ["1129384756102938475", "1129384756102938476"]) of(first, userId);
    assert.deepEqual(
      of(first, "u4").messages.map(({ id }) => id),
      [undefined],
    );
  });

  it("knows the same chat again that another stream brings in another order", async () => {
    await put("elsewhere", 3, MESSAGES.toReversed());
    await run("elsewhere", "kept");
    const again = await documents("kept");
    assert.deepEqual([...again.keys()].sort(), [...first.keys()].sort());
    for (const [id, { keys }] of again) assert.deepEqual(keys.toSorted(), first.get(id)?.keys.toSorted());
  });

  it("tells chats apart by a scope, and puts an edit in the place of its former text, when told so", async () => {
    const result = await run("identity", "replaced", ["--on-edit", "replace", "--message-id-scope", "chat"]);
    const { read, indexed, duplicates, edits } = result;
    assert.deepEqual([read, indexed, duplicates, edits], [11, 9, 2, 1]);
    const found = await documents("replaced");
    assert.deepEqual(
      of(found, "u1").messages.map(({ id }) => id),
      ['["shop","17"]', '["bank","17"]'],
    );
    const { messages, keys, start, end } = of(found, "u2");
    assert.equal(messages.length, 1);
    const { content, timestamp, editedAt, replacedKeys } = messages[0]!;
    const [startAt, editAt] = [1795841870000, 1795841890000].map((timeMs) => new Date(timeMs).toISOString());
    assert.deepEqual([content, timestamp, editedAt], ["please cancel order 77 instead", startAt, editAt]);
    assert.deepEqual([start, end], [startAt, editAt]);
    assert.deepEqual(replacedKeys, keys.slice(1));
    assert.equal(keys.length, 2);
  });

  it("puts a text back that was replaced, and knows it again", async () => {
    const flags = ["--on-edit", "replace", "--message-id-scope", "chat"];
    const back = EDITS[2]!.replace("1795841870000", "1795841900000");
    await put("back", 1, [back]);
    const { indexed, documents: written } = await run("back", "replaced", flags);
    assert.deepEqual([indexed, written], [1, 1]);
    const { messages, keys, end } = of(await documents("replaced"), "u2");
    assert.deepEqual(
      messages.map(({ content, timestamp }) => [content, timestamp]),
      [["my card number is 1111", new Date(1795841870000).toISOString()]],
    );
    assert.equal(end, new Date(1795841900000).toISOString());
    assert.deepEqual(messages[0]!.replacedKeys, keys);
    for (const stream of ["back", "identity"]) {
      const { alreadyIndexed, documents: changed } = await run(stream, "replaced", flags);
      assert.equal(changed, 0);
      assert.ok(alreadyIndexed > 0);
    }
  });
});
