import assert from "node:assert/strict";
import { askedOf } from "../../../../../src/io/opensearch/queries/question-words";

describe("what a question asks for", () => {
  it("is its words, of which the commonest tell nothing beside others", () => {
    assert.deepEqual(askedOf("Where is my parcel?"), {
      text: "Where is my parcel",
      telling: "parcel",
      phrases: [],
      ...{ terms: ["parcel"], forgiven: ["parcel"] },
    });
    assert.deepEqual(askedOf("hello").terms, ["hello"]);
    assert.equal(askedOf("hello, what is this?").telling, "hello, what is this");
    assert.equal(askedOf("what is error 2.4.1, and the €?").telling, "error 2.4.1, €");
    assert.equal(askedOf("😀").telling, "😀");
    assert.equal(
      askedOf(Array.from({ length: 30 }, (_, number) => `w${number} and`).join(" ")).telling.split(" ").length,
      30,
    );
    assert.deepEqual(askedOf("東京への配送").terms, ["東京", "配送"]);
    assert.deepEqual(askedOf("* ?").terms, []);
  });

  it("is phrases, between the quotation marks of any language", () => {
    assert.deepEqual(askedOf('order "charged twice" now').phrases, ["charged twice"]);
    assert.deepEqual(askedOf('order "charged twice" now').text, "order  charged twice  now");
    for (const marked of ["“a b”", "„a b“", "„a b”", "«a b»", "「a b」"])
      assert.deepEqual(askedOf(marked).phrases, ["a b"]);
    assert.deepEqual(askedOf('a 7" or 9" screen').phrases, []);
    assert.deepEqual(askedOf('""').phrases, []);
    assert.deepEqual(askedOf('"?!" x').phrases, []);
  });

  it("is cut behind a word, by how many clauses its words may become", () => {
    const words = (count: number): string => Array.from({ length: count }, (_, number) => `w${number}`).join(" ");
    assert.equal(askedOf(words(500)).text, words(120));
    assert.equal(askedOf(`"${words(500)}"`).phrases[0], words(120));
    assert.equal(askedOf("漢".repeat(500)).text.length, 80);
    assert.equal(askedOf("слово ".repeat(500)).text.split(" ").length, 120);
    assert.equal(askedOf(`"${words(100)}" "${words(100)}"`).phrases[1], words(20));
    assert.equal(askedOf(words(500)).terms.length, 16);
    assert.equal(askedOf("x".repeat(100_000)).text, "");
  });

  it("forgives typing errors in words of letters, unless they are quoted or many", () => {
    assert.deepEqual(askedOf("parcle 93099 B2 ab iphone15 東京 попытка").forgiven, ["parcle", "попытка"]);
    assert.deepEqual(askedOf('"parcle" late').forgiven, []);
    assert.deepEqual(askedOf("word ".repeat(40)).forgiven, ["word"]);
    assert.deepEqual(askedOf("word ".repeat(41)).forgiven, []);
  });
});
