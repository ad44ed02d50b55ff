/** The commands of docs/inputs.md read the exports that they name. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { listInputs } from "../../../../src/io/files/check";
import { localStore } from "../../../../src/io/files/local-store";
import { readOptions } from "../../../../src/options";
import { readPartitionOf } from "../../../support/files/partition-driver";

const ROOT = path.resolve(__dirname, "../../../..");
const SECOND = Date.UTC(2026, 10, 2, 10);

/** Each export's users and texts, seconds after its beginning, and the codes of dead letters. */
const EXPECTED: Readonly<Record<string, readonly [messages: readonly [string, string, number][], letters: string[]]>> =
  {
    slack: [
      [
        ["U02ANN", "Did the parcel for order 77 leave the warehouse?", 0],
        ["U03BOB", "It did, this morning. <@U02ANN> I send you the number.", 40],
        ["U04EVE", "<@U04EVE> has joined the channel", 86_400],
        ["U02ANN", "Arrived, thank you!", 86_460],
      ],
      [],
    ],
    "whatsapp.jsonl": [
      [
        ["4917000000001", "Is my order on its way?", 0],
        ["4917000000001", "It is number 77.", 5],
        ["4917000000002", "Please call me back", 100],
      ],
      [],
    ],
    "zendesk.json": [
      [
        ["10502823.115cVfzXaNyoCk", "My kettle arrived broken", 0],
        ["10502823.115cVfzXaNyoCk", "I am sorry. Shall I refund it?", 40],
      ],
      ["NO_CONTENT"],
    ],
    "intercom.jsonl": [
      [
        ["5ba682d23d7cf92bef87bfd4", "<p>It left on Monday.</p>", 60],
        ["5ba682d23d7cf92bef87bfd4", "<p>Found it, thanks!</p>", 120],
      ],
      [],
    ],
    "twitch.json": [
      [
        ["3000001", "hello from Graz", 5],
        ["3000002", "is that one for induction?", 9],
      ],
      [],
    ],
  };

/** The options of each command in the page that reads an export. */
function commands(): readonly (readonly string[])[] {
  const page = readFileSync(path.join(ROOT, "docs/inputs.md"), "utf8");
  const blocks = [...page.matchAll(/```sh\n(npm start -- --input test\/data\/exports\/[^`]*)```/g)];
  return blocks.map(([, text = ""]) => text.replaceAll("\\\n", " ").trim().split(/\s+/).slice(3));
}

describe("exports of chats", () => {
  const all = commands();

  it("are all in the page", () => {
    const names = all.map(([, file = ""]) => file.split("/")[3] ?? "");
    assert.deepEqual(names.toSorted(), Object.keys(EXPECTED).toSorted());
  });

  for (const argv of all) {
    const name = argv[1]!.split("/")[3]!;
    it(`of ${name} are read with the options that the page has`, async () => {
      const given = [argv[0]!, path.join(ROOT, argv[1]!), ...argv.slice(2)];
      const options = readOptions(given, {});
      const files = await listInputs(options.input!.addresses, options.input!.s3);
      const { files: settings, messages: shape } = options.pipelineSettings({}, Date.now(), files);
      const { messages, late, deadLetters } = await readPartitionOf(localStore, files, {
        // A checkout sets the time of change as it likes.
        ...{ settings: settings!, messages: { ...shape, maxFutureMs: Infinity } },
      });
      const [wanted, letters] = EXPECTED[name]!;
      assert.deepEqual(
        messages.map(({ userId, content, timestampMs }) => [
          userId,
          content,
          Math.floor((timestampMs - SECOND) / 1_000),
        ]),
        wanted,
      );
      assert.ok(messages.every(({ messageId, content }) => messageId !== undefined || content.includes("joined")));
      assert.deepEqual(
        deadLetters.map(({ code }) => code),
        letters,
      );
      assert.deepEqual(late, []);
    });
  }
});
