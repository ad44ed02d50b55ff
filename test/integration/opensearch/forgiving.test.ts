/** Typing errors and accents, forgiven by a real OpenSearch. */
import assert from "node:assert/strict";
import { chatMessage, embeddedPart, sessionPart, unitVector } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";
import { makeSessions } from "../../support/opensearch/sessions-index";
import { documentsHarness } from "../../support/opensearch/write-elements";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { countFacets } from "../../../src/io/opensearch/searching/facets";
import { searchSessions, type SearchHit, type SearchQuestion } from "../../../src/io/opensearch/searching/search";

const DIMENSION = 16;
const FILLERS = 30;
const ALIKE = ["arcel", "ircel", "urcel", "ercel"].flatMap((end) => [...end].map((sign) => end.replace(sign, "q")));
const LETTERS = [..."bcdfghjklmnprstv"];

/** By user: the summary, then messages. */
const CHATS: Readonly<Record<string, readonly string[]>> = {
  refund: ["A refund was promised.", "I would like a refund for my blender, the receipt is attached."],
  found: ["Lost and found.", `My scarf was found. ${"We talked of the weather and of much else. ".repeat(20)}`],
  parcel: ["Something came late.", `${"Of other things. ".repeat(10)}The parcel of yesterday was open.`],
  parcels: ["Parcels.", "Parcels, parcels."],
  parched: ["Parched plants.", "It is parched."],
  cafe: ["Una devolución.", "El café llegó frío, señor. Мой зонт сломан."],
  order: ["Order 93099 was asked for.", "Where is order 93099?"],
  number: ["Order 93098 was asked for.", "Where is order 93098?"],
  many: ["Much.", LETTERS.flatMap((letter) => ALIKE.map((end) => letter + end)).join(" ")],
};

describe("typing errors in questions to a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;

  withOpenSearch((server) => ({ url, client } = server));
  before(async () => {
    const settings = await makeSessions(url, { dimension: DIMENSION });
    const write = await documentsHarness(settings);
    const fillers = Array.from(
      { length: FILLERS },
      (_, number) => [`filler ${number}`, ["Nothing.", "Nothing."]] as const,
    );
    const parts = [...Object.entries(CHATS), ...fillers].map(([user, [summary = "", ...texts]], index) => {
      const base = embeddedPart(index, DIMENSION, { summary, topics: [], intent: "other" });
      const messages = texts.map((content, place) => chatMessage(index * 100 + place, { content }));
      return { ...base, part: sessionPart(user, messages) };
    });
    assert.equal((await write.call(parts)).written.length, parts.length);
    await write.close();
    await client.request({ method: "POST", path: "/sessions/_refresh" });
  });

  const embed = async (): Promise<readonly number[]> => unitVector(DIMENSION, 99);
  async function ask(text: string, mode: SearchQuestion["mode"] = "keyword"): Promise<readonly SearchHit[]> {
    return (await searchSessions(client, "sessions", { text, mode, limit: 50 }, embed)).hits;
  }
  async function users(text: string, mode: SearchQuestion["mode"] = "keyword"): Promise<readonly string[]> {
    return (await ask(text, mode)).map(({ document }) => document.userId);
  }

  it("are forgiven: a letter too many, missing, wrong, or two exchanged, in any script", async () => {
    for (const text of ["refunnd", "refnd", "refumd", "refnud", "blendr", "reciept"]) {
      assert.equal((await users(text))[0], "refund", text);
      assert.equal((await users(text, "hybrid"))[0], "refund", text);
    }
    assert.deepEqual(await users("зонд"), ["cafe"]);
  });

  it("are forgiven together with accents", async () => {
    for (const text of ["cafe", "CAFÉ", "càfe", "devolucion", "devolucoin", "senor", "zont", "señro"]) {
      const wanted = text === "zont" ? [] : ["cafe"];
      assert.deepEqual((await users(text)).slice(0, 1), wanted, text);
    }
  });

  it("leave what has the very word before what is like it", async () => {
    assert.deepEqual((await users("parcel")).slice(0, 2), ["parcel", "parcels"]);
    assert.equal((await users("parcels"))[0], "parcels");
    assert.equal((await users("parched"))[0], "parched");
    assert.equal((await users("found"))[0], "found");
  });

  it("are none in numbers and between quotation marks", async () => {
    assert.deepEqual(await users("93099"), ["order"]);
    assert.deepEqual(await users("93097"), []);
    assert.deepEqual(await users('"refnud"'), []);
  });

  it("show the words that were meant, as no weak match, and count as hits do", async () => {
    const [hit] = await ask("refnud for blendr");
    assert.equal(hit!.weak, false);
    const marked = (pieces: SearchHit["summary"]): readonly string[] =>
      pieces.flatMap(({ text, match }) => (match === true ? [text] : []));
    assert.deepEqual(marked(hit!.summary), ["refund"]);
    assert.deepEqual(marked(hit!.messages[0]!.excerpt), ["refund", "blender"]);
    const question = { text: "refnud", mode: "keyword", limit: 1 } as const;
    const { total } = await countFacets(client, "sessions", question, embed, []);
    assert.equal(total, (await ask("refnud")).length);
  });

  it("take no more clauses than OpenSearch has room for, though many words are alike", async () => {
    const alike = LETTERS.map((letter) => `${letter}arcel`);
    const common = "the and for with from this that what when where which will would should could have been".split(" ");
    const text = [...alike, ...common].join(" ");
    for (const mode of ["keyword", "hybrid"] as const) assert.ok((await users(text, mode)).includes("many"), mode);
  });
});
