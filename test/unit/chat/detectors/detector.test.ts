import assert from "node:assert/strict";
import { detectorOf, ENTITIES, type Finding } from "../../../../src/chat/detectors/detector";

const german = detectorOf({ entities: ENTITIES, phoneRegion: "DE" });
const american = detectorOf({ entities: ENTITIES, phoneRegion: "US" });
const withoutRegion = detectorOf({ entities: ENTITIES });

/** Findings as `rule[text]`. */
function found(text: string, detect = german): readonly string[] {
  return detect(text).map(({ rule, start, end }) => `${rule}[${text.slice(start, end)}]`);
}

/** Texts with the findings in them; a finding stands between ‹ and ›. */
function finds(rule: Finding["rule"], detect: typeof german, texts: readonly string[]): void {
  for (const marked of texts) {
    it(marked.replaceAll("\n", "⏎"), () => {
      const text = marked.replace(/[‹›]/g, "");
      const expected = [...marked.matchAll(/‹([^›]*)›/g)].map((match) => `${rule}[${match[1]!}]`);
      assert.deepEqual(found(text, detect), expected);
    });
  }
}

describe("the detector of credentials, on text that is made to keep it busy,", () => {
  const long = (piece: string): string => piece.repeat(Math.ceil(1_000_000 / piece.length));
  for (const piece of ["ghp_AAAAAAAAAAAAAAAAAAAA-", "AKIAAAAAAAAAAAAAAAAA-", "sk-aaaaaaaaaaaaaaaaaaaa_", "pwd=a1b2"]) {
    it(`looks at each part of it a few times only: ${piece}`, () => {
      assert.ok(found(long(piece)).length > 0);
    }).timeout(20_000);
  }
});

describe("the detector of cards", () => {
  finds("card", german, [
    "my card is ‹4111 1111 1111 1111› thanks",
    "‹4111-1111-1111-1111› 12/27 123",
    "‹3782 822463 10005›",
    "‹4111.1111.1111.1111›",
    "‹5555555555554444›, or ‹6759649826438453›",
    "‹٤١١١ ١١١١ ١١١١ ١١١١›",
    "‹४१११ ११११ ११११ ११११›",
    "‹４１１１１１１１１１１１１１１１›",
    "👍🏽 ‹𝟒111111111111111›",
    "‹4111\u200b11111111\u00ad1111› hidden between",
    "‹4️⃣1️⃣1️⃣1️⃣111111111111›",
    "no: 4111111111111112",
    "a fraction: 3.4111111111111111",
    "a long number: 41111111111111114111111111111111",
    "a prefix of no brand: 1111111111111117",
  ]);
});

describe("the detector of e-mail addresses", () => {
  finds("email", german, [
    "mail me: ‹Jörg.Éric+x@exämple.de›.",
    "連絡先は‹tanaka@example.com›です",
    "<mailto:‹a.b@c.co.uk›>",
    "‹ａ＠ｂ．ｃｏｍ›",
    "‹иван@пример.рф›!",
    "‹a@xn--exmple-cua.com›",
    "‹alice@example.com›-17, ‹bob@example.com›1",
    "info@localhost, @mention, a@b..com",
  ]);
});

describe("the detector of IBANs", () => {
  finds("iban", german, [
    "‹DE89 3704 0044 0532 0130 00›",
    "‹de89370400440532013000› please",
    "‹GB82 WEST 1234 5698 7654 32›",
    "‹NO93 8601 1117 947›",
    "wrong check digits: DE88370400440532013000",
    "part of a word: XDE89370400440532013000 and DE89370400440532013000X",
    "no such country: XX89370400440532013000",
  ]);
});

describe("the detector of phone numbers", () => {
  finds("phone", german, [
    "call ‹+49 30 1234567› or ‹030 7654321›, on 2026-11-28, order 4711081512",
    "‹+49 (0)30 / 123 45 67›",
    "‹0044 20 7946 0958›, ‹(030) 1234567›",
    "tel:‹+4915112345678›",
    "‹+٤٩٣٠١٢٣٤٥٦٧›",
    "Bestellnummer 0301234567, order no. 0301234567, #0301234567, A0301234567",
    "am 01.12.2026 um 10:30, 2026-11-28 17:55:18, 20261128175518",
    "192.168.100.200, ISBN 978-3-16-148410-0, 0.301234567",
    "30 1234567 lacks what a number of the region begins with",
  ]);
  finds("phone", american, [
    "‹415-555-2671›, ‹(415) 555-2671› and ‹+1 415 555 2672›",
    "call me: ‹4155552671›",
    "order 4155552671",
  ]);
  finds("phone", withoutRegion, ["0301234567 and 415-555-2671, but ‹+49301234567› and ‹0049301234567›"]);
});

describe("the detector of credentials", () => {
  finds("aws_access_key", german, ["key ‹AKIAIOSFODNN7EXAMPLE›", "ASIA", "XAKIAIOSFODNN7EXAMPLE"]);
  finds("private_key", german, [
    "‹-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----›\nthanks",
    "‹-----BEGIN PRIVATE KEY-----\nMIIabc and its end is missing›",
    "-----BEGIN PUBLIC KEY-----",
  ]);
  finds("token", german, [
    "Authorization: ‹Bearer abcdef0123456789abcdef›",
    "‹eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def-123›",
    "‹ghp_abcdefghijklmnopqrstuvwxyz0123456789›",
    "the bearer of bad news, the risk_level, a task-force",
  ]);
  finds("password", german, [
    "aws_secret_access_key = ‹wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY›",
    "my password is ‹hunter2›, ok",
    "Passwort: ‹Sommer›",
    "mein Passwort lautet ‹Sommer24›!",
    "пароль: ‹Секрет9›",
    "我的密码是‹abc12345›",
    "パスワードは‹abc12345›",
    "비밀번호는 ‹abcd1234›",
    "Mot de passe : ‹azerty9›",
    "contraseña: ‹Hola1234›",
    "wifi password for guests: ‹hello-123›",
    "PIN: ‹1234›",
    "pincode: ‹1234›, PIN number is ‹123456›",
    "postgres://user:‹s3cret›@host/db",
    "password: please help",
    "my password is wrong",
    "secretary: Anna Smith",
  ]);
});

describe("detectors", () => {
  it("give one shared list for a text without findings", () => {
    assert.equal(german("hello"), american("where is my parcel, ordered on 2026-11-28?"));
    assert.deepEqual(german("hello"), []);
  });

  it("find the chosen entities alone, in order of place", () => {
    const text = "4111111111111111, a@b.de, +49 30 1234567";
    assert.deepEqual(found(text), ["card[4111111111111111]", "email[a@b.de]", "phone[+49 30 1234567]"]);
    assert.deepEqual(found(text, detectorOf({ entities: ["email"] })), ["email[a@b.de]"]);
  });

  it("find a number in an address once", () => {
    assert.deepEqual(found("+4930123456789@example.com"), ["email[+4930123456789@example.com]"]);
  });
});
