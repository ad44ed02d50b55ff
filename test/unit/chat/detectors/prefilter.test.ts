import assert from "node:assert/strict";
import { findCards } from "../../../../src/chat/detectors/card";
import { findCredentials } from "../../../../src/chat/detectors/credential";
import { findEmails } from "../../../../src/chat/detectors/email";
import type { Entity } from "../../../../src/chat/detectors/entities";
import { folded } from "../../../../src/chat/detectors/fold";
import { findIbans } from "../../../../src/chat/detectors/iban";
import { findPhones } from "../../../../src/chat/detectors/phone";
import { look, neededFor } from "../../../../src/chat/detectors/prefilter";
import type { Find } from "../../../../src/chat/detectors/span";
import { SCENARIOS, textOf } from "../../../../src/local/sample/scenarios";
import { randomOf } from "../../../support/random";

const FIND: Readonly<Record<Entity, Find>> = {
  card: findCards,
  email: findEmails,
  phone: findPhones,
  iban: findIbans,
  credential: findCredentials,
};
const A40 = "a1B2".repeat(10);
const CREDENTIALS = [
  ...["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "ABIAIOSFODNN7EXAMPLE", "ACCAIOSFODNN7EXAMPLE"],
  ..."pousr".split("").map((letter) => `gh${letter}_${A40}`),
  ...[`github_pat_${A40}`, `glpat-${A40}`, ...[..."abeoprs"].map((letter) => `xox${letter}-${A40}`)],
  ...["sk_live_", "sk_test_", "rk_live_", "pk_test_", "sk-", "npm_", "hf_"].map((begin) => begin + A40),
  ...[`AIza${"a".repeat(35)}`, `SG.${"a".repeat(20)}.${"b".repeat(20)}`, `dop_v1_${"a1".repeat(20)}`],
  ...["Bearer abc123def456", "BEARER abc123def456", "https://me:secr3t@example.com", "ftp://me:p4ss@host"],
  ...["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"],
  ...["password", "passwd", "passphrase", "passcode", "passord", "pwd", "PIN", "Kennwort", "mot de passe"],
  ...["contraseña", "contrasena", "clave", "senha", "palavra-passe", "parola", "parolă", "wachtwoord", "hasło"],
  ...["heslo", "lösenord", "adgangskode", "salasana", "şifre", "sifre", "jelszó", "пароль", "κωδικός", "كلمة المرور"],
  ...["סיסמה", "पासवर्ड", "รหัสผ่าน", "密码", "密碼", "パスワード", "비밀번호", "암호", "mật khẩu", "kata sandi"],
  ...[
    "secret",
    "secret_access_key",
    "token",
    "auth-token",
    "api_key",
    "API key",
    "apikey",
    "access-key",
    "account key",
  ],
].map((sign) => (sign.length < 18 && !/\d/.test(sign) ? `${sign}: 1234` : sign));
const OTHERS = [
  ...["4111 1111 1111 1111", "5555555555554444", "DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32"],
  ...["alice@example.com", "иван@пример.рф", "+49 30 1234567", "+1 (202) 555-0143"],
];
const FULL_WIDTH = (text: string): string =>
  text.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0));
const DISGUISES: readonly ((text: string) => string)[] = [
  (text) => text,
  FULL_WIDTH,
  (text) => [...text].join("\u200b"),
  (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
  (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
  (text) => text.replaceAll("-", "—").replaceAll(" ", "\u00a0"),
];

describe("the look at a text before the detectors", () => {
  it("excludes no text in which a detector finds something, however it is written", () => {
    const random = randomOf(5);
    const around = ["", "x", " ", "é", "9", "😀", "\u200b", "-", "的"];
    let hits = 0;
    for (const own of [...CREDENTIALS, ...OTHERS]) {
      for (const disguise of DISGUISES) {
        for (let turn = 0; turn < 5; turn++) {
          const text = `so ${random.pick(around)}${disguise(own)}${random.pick(around)} ok`;
          for (const [entity, find] of Object.entries(FIND) as [Entity, Find][]) {
            if (find(folded(text).text, {}).length === 0) continue;
            hits++;
            assert.ok((look(text) & neededFor([entity])) !== 0, `${entity} in ${JSON.stringify(text)}`);
          }
        }
      }
    }
    assert.ok(hits > 1_000, `${hits} hits`);
    const plain = CREDENTIALS.filter((own) => findCredentials(own, {}).length > 0);
    assert.deepEqual(
      CREDENTIALS.filter((own) => !plain.includes(own)),
      [],
    );
  });

  it("excludes nearly all texts without any", () => {
    const texts = SCENARIOS.flatMap(({ messages }) => messages.map(textOf));
    const suspicious = texts.filter((text) => look(text) !== 0);
    assert.ok(suspicious.length < texts.length / 15, suspicious.join("\n"));
    for (const text of ["shipping to the risk-free desk-top of Anastasia", "an opinion on spinning", "👍🏽 4711 🤔"])
      assert.equal(look(text) & ~neededFor(["card"]), 0, text);
  });
});
