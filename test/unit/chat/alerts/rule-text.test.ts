import assert from "node:assert/strict";
import { kindText, ruleNamed, ruleText } from "../../../../src/chat/alerts/rule-text";
import { summaryRule } from "../../../../src/chat/steps/summaries/summary-rule";
import { BUILT_IN_TAXONOMY } from "../../../../src/chat/steps/summaries/taxonomy";
import { RULES } from "../../../../src/chat/detectors/entities";
import { WORD_RULES } from "../../../../src/chat/detectors/words";

describe("names of rules for people", () => {
  it("say what each built-in rule and kind finds, and of the summary's that they are its", () => {
    const built = [...Object.keys(RULES), ...WORD_RULES.map(({ rule }) => rule)];
    assert.deepEqual(Object.fromEntries(built.map((rule) => [rule, ruleText(rule)])), {
      card: "Card number",
      email: "E-mail address",
      phone: "Phone number",
      iban: "IBAN",
      private_key: "Private key",
      aws_access_key: "AWS access key",
      token: "Access token",
      password: "Password",
      self_harm_words: "Words of self-harm",
      threat_words: "Words of threat",
    });
    assert.equal(ruleText(summaryRule("phone")), "Phone number, by the summary");
    assert.equal(kindText("self_harm"), "Self-harm");
    for (const { name } of BUILT_IN_TAXONOMY.sensitiveKinds) assert.doesNotMatch(kindText(name), /_/);
  });

  it("tell all built-in rules and kinds apart", () => {
    const kinds = BUILT_IN_TAXONOMY.sensitiveKinds.map(({ name }) => name);
    const rules = [...Object.keys(RULES), ...WORD_RULES.map(({ rule }) => rule), ...kinds.map(summaryRule)];
    assert.equal(new Set(rules.map(ruleText)).size, rules.length);
    assert.equal(new Set(kinds.map(kindText)).size, kinds.length);
  });

  it("lead back to the rules, in any case, as their own names do", () => {
    const kinds = BUILT_IN_TAXONOMY.sensitiveKinds.map(({ name }) => name);
    const built = [...Object.keys(RULES), ...WORD_RULES.map(({ rule }) => rule), ...kinds.map(summaryRule)];
    for (const rule of [...built, "competitor_names", "no-1", summaryRule("trade_secret"), "constructor"]) {
      const told = ruleText(rule);
      for (const given of [rule, rule.replaceAll("_", " "), told, told.toUpperCase(), `  ${told.toLowerCase()} `])
        assert.equal(ruleNamed(given), rule, given);
    }
    assert.equal(ruleNamed("Card  number"), "card");
    assert.equal(ruleNamed("  "), "");
  });

  it("are one's own for rules and kinds of one's own, whatever they are called", () => {
    assert.equal(ruleText("competitor_names"), "Competitor names");
    assert.equal(ruleText(summaryRule("trade_secret")), "Trade secret, by the summary");
    assert.equal(ruleText("constructor"), "Constructor");
    assert.equal(kindText("__proto__"), "  proto  ");
    assert.equal(ruleText("summary_"), "Summary ");
    assert.equal(ruleText(""), "");
  });
});
