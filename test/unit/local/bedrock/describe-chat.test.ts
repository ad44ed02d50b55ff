import assert from "node:assert/strict";
import fc from "fast-check";
import { BUILT_IN_TAXONOMY } from "../../../../src/chat/steps/summaries/taxonomy";
import { buildPrompt } from "../../../../src/chat/steps/summaries/prompt";
import { labelsOfRules, labelsOfSchema } from "../../../../src/local/bedrock/asked-labels";
import { RETAIL } from "../../../support/chat/retail";
import { linesBy, sessionPart } from "../../../support/chat/session-parts";
import { answerForm } from "../../../../src/io/bedrock/summary-schema";
import { describeChat } from "../../../../src/local/bedrock/describe-chat";
import { passesLuhn } from "../../../../src/chat/detectors/luhn";
import { sensitiveKindsOf } from "../../../../src/local/bedrock/sensitive";
import { SCENARIOS, textOf } from "../../../../src/local/sample/scenarios";
import { vectorOf } from "../../../../src/local/bedrock/vector";

const SEED = 31;
const { check: checkSummary } = answerForm(BUILT_IN_TAXONOMY);
const texts = fc.string({ unit: "binary", maxLength: 80 });

describe("describeChat", () => {
  it("answers by any closed sets, as the tool's schema or the prompt's rules have them", () => {
    const { jsonSchema, check } = answerForm(RETAIL);
    const settings = { language: "chat", answerAsText: true, taxonomy: RETAIL };
    const { system } = buildPrompt(sessionPart(["hi"]), linesBy(["hi"]), settings);
    assert.deepEqual(labelsOfRules(system), labelsOfSchema(jsonSchema));
    const cases: readonly (readonly [chat: string, intent: string, topics: readonly string[], solved: string])[] = [
      ["The delivery of my shoes is late, terrible!", "complaint", ["shoes"], "no"],
      ["I want to return the kitchen clock", "return_or_refund", ["kitchen"], "unclear"],
      ["Thank you, great, the delivery came", "delivery", [], "yes"],
      ["hello", "other", [], "unclear"],
    ];
    for (const [chat, intent, topics, solved] of cases) {
      const own = describeChat([chat], labelsOfSchema(jsonSchema));
      assert.deepEqual([own.intent, own.topics, own.categories?.["solved"]], [intent, topics, solved], chat);
      assert.ok(check(own).ok, chat);
    }
    assert.deepEqual(
      describeChat(["hello"], labelsOfSchema(answerForm(BUILT_IN_TAXONOMY).jsonSchema)),
      describeChat(["hello"]),
    );
  });

  it("tells languages, intents and sentiments apart", () => {
    const cases: readonly (readonly [string, string, string, string])[] = [
      ["I want a refund for this terrible, broken lamp", "en", "complaint", "negative"],
      ["please refund my money back", "en", "refund", "neutral"],
      ["hello, nice weather and a great joke", "en", "small_talk", "positive"],
      ["¿Dónde está mi pedido? Gracias", "es", "order", "positive"],
      ["Wo ist meine Bestellung? Ich bin enttäuscht, alles ist kaputt und schlecht", "de", "complaint", "negative"],
      ["Où est ma commande ? Merci", "fr", "order", "positive"],
      ["Привіт, де моє замовлення?", "uk", "question", "neutral"],
      ["注文はどこですか", "ja", "order", "neutral"],
      ["비가 오나요?", "ko", "question", "neutral"],
      ["👍👍", "und", "other", "positive"],
    ];
    for (const [text, language, intent, sentiment] of cases) {
      const own = describeChat([text]);
      assert.deepEqual([own.language, own.intent, own.sentiment], [language, intent, sentiment], text);
    }
  });

  it("summarises from the chat's own sentences and names its frequent words", () => {
    const own = describeChat(["My parcel is late.", "The parcel has a tracking number.", "It is raining."]);
    assert(own.summary.startsWith("My parcel is late."));
    assert.equal(own.topics[0], "parcel");
  });

  it("takes no number, time or verb of any matter for a topic, in any of the sample's languages", () => {
    const chats: Readonly<Record<string, readonly string[]>> = {
      en: ["I was charged twice.", "Please refund the second one.", "It is the second time, the second payment."],
      de: ["Das zweite Paket, das zweite Mal heute."],
      fr: ["La deuxième fois aujourd'hui, encore un colis."],
      es: ["Todavía no hay otro paquete, siempre otra vez."],
      ru: ["Второй раз сегодня, ещё один заказ."],
      hi: ["दूसरा ऑर्डर आज चाहिए"],
    };
    const topics = Object.fromEntries(Object.entries(chats).map(([name, chat]) => [name, describeChat(chat).topics]));
    assert.deepEqual(topics, {
      en: ["charged", "payment", "refund"],
      de: ["paket"],
      fr: ["deuxième", "colis"],
      es: ["paquete"],
      ru: ["заказ"],
      hi: ["ऑर्डर"],
    });
  });

  it("gives every chat a description that fits the schema, always the same", () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 5 }), (messages) => {
        const own = describeChat(messages);
        assert.deepEqual(describeChat(messages), own);
        const checked = checkSummary(own);
        assert(checked.ok, checked.ok ? "" : checked.objection);
      }),
      { seed: SEED },
    );
  });
});

describe("sensitiveKindsOf", () => {
  it("finds the kinds, and no others", () => {
    assert.deepEqual(sensitiveKindsOf("card 4111-1111-1111-1111"), ["payment"]);
    assert.deepEqual(sensitiveKindsOf("order 4111111111111112 of 2024"), []);
    assert.deepEqual(sensitiveKindsOf("ann.lee@example.org"), ["email"]);
    assert.deepEqual(sensitiveKindsOf("call +49 30 1234 5678"), ["phone"]);
    assert.deepEqual(sensitiveKindsOf("my diabetes; my password is hunter2"), ["credentials", "health"]);
    assert.deepEqual(sensitiveKindsOf("Pay today, I know where you live!"), ["violence"]);
    assert.deepEqual(sensitiveKindsOf("it costs 19.99 on 2024-05-01, this kills me"), []);
  });

  it("knows the check digit", () => {
    assert(passesLuhn("79927398713"));
    assert(!passesLuhn("79927398710"));
  });
});

describe("vectorOf", () => {
  const near = (a: string, b: string): number => {
    const other = vectorOf(b, 1_536, true);
    return vectorOf(a, 1_536, true).reduce((sum, each, index) => sum + each * other[index]!, 0);
  };

  it("lets words that every chat has turn no order upside down, in any language", () => {
    const pairs: readonly (readonly [greeting: string, subject: string, others: string])[] = [
      ["Hello, could you please tell me", "the parcel", "Hello, could you please tell me about my invoice?"],
      ["Guten Tag, können Sie mir bitte", "das Paket", "Guten Tag, können Sie mir bitte die Rechnung schicken?"],
      ["Bonjour, je voudrais s'il vous plaît", "le colis", "Bonjour, je voudrais s'il vous plaît une facture"],
      ["Hola, buenos días, quisiera", "el paquete", "Hola, buenos días, quisiera una factura"],
      ["Здравствуйте, добрый день, хочу", "посылка", "Здравствуйте, добрый день, хочу получить счёт"],
    ];
    for (const [greeting, subject, others] of pairs) {
      const about = `Nothing else but ${subject}.`;
      assert.ok(near(`${greeting} ${subject}`, about) > 4 * near(`${greeting} ${subject}`, others), greeting);
      // By a greeting alone, who greets so is nearer than whoever does not.
      const strangers = SCENARIOS.map(({ messages }) => textOf(messages[1] ?? "")).filter(
        (text) => !/please|tell|you/i.test(text),
      );
      for (const text of strangers)
        assert.ok(near(greeting.split(",")[0]!, others) > near(greeting.split(",")[0]!, text), text);
    }
  });

  it("is finite, never zero, of the asked size, of length 1 when asked, and always the same", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(256, 1_536), (text, dimensions) => {
        const vector = vectorOf(text, dimensions, true);
        assert.equal(vector.length, dimensions);
        assert(Math.abs(Math.hypot(...vector) - 1) < 1e-4);
        assert.deepEqual(vectorOf(text, dimensions, true), vector);
      }),
      { seed: SEED, numRuns: 50 },
    );
  });
});
