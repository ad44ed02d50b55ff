/** Passwords behind a word that announces them, such as `password: …` or `mein Passwort ist …`. */
import type { Span } from "./span";

/** Words for a password in many languages; some have endings, and stand in compounds. */
const PASSWORD_WORDS = [
  "pass(?:words?|wd|phrase|code|wort|ord)|pwd|kennwort",
  "mot de passe|contrase(?:ñ|n)a|\\bclave|senha|palavra[- ]passe|parola(?: d'ordine)?|parolă",
  "wachtwoord|hasło|heslo|lösenord|adgangskode|adgangskode|salasana|[sş]ifre(?:m|niz)?|jelszó|jelszavam",
  "пароль?|κωδικό[ςν](?: πρόσβασης)?|كلمة (?:المرور|السر)|סיסמ[הא]|पासवर्ड|รหัสผ่าน",
  "密[码碼]|パスワード|비밀번호|암호|mật khẩu|kata sandi",
].join("|");
/** Words for a key, which stand in prose, too: a sign must follow. */
const KEY_WORDS =
  "secret(?:[_ -]?access)?(?:[_ -]?key)?|(?:access|auth|refresh)?[_ -]?token|(?:api|access|account)[_ -]?key";
const IS = "is|are|ist|lautet|est|es|é|è|är|er|on|to|jest|je|это|είναι|हे|है|是|为|為|は|은|는|adalah|là|yra";
/** Up to a few words between the announcing one and the sign: `password for the router: …`. */
const BETWEEN = "(?:[ \\t][\\p{L}\\p{N}-]{1,16}){0,3}";
const ANNOUNCED = new RegExp(
  `(?:(?:${PASSWORD_WORDS})["'\`]?${BETWEEN}[ \\t]{0,3}(?:(?<sign>[:=])|(?<![\\p{L}\\p{N}])(?:${IS})(?=[ \\t:"'])|(?<=[\\p{sc=Han}])[是为為]|(?<=ド)は|(?<=[\\p{sc=Hangul}])[은는])` +
    `|(?:${KEY_WORDS})["'\`]?[ \\t]{0,3}(?<keySign>[:=]))[ \\t:="'\`]{0,6}(?<value>[^\\s"'\`]{4,256})`,
  "giu",
);
/** A PIN is announced by a short word, so it must be nothing but digits. */
const PIN =
  /(?<![\p{L}\p{N}])pin(?:[ -]?(?:code|number|nummer))?(?:[ \t]{0,3}[:=]|[ \t](?:is|ist|est|es))[ \t]{0,3}(?<value>\d{4,12})(?!\d)/giu;
const TRAILING = /[.,;!?)\]}]{1,4}$/;
/** Letters alone are a word of the sentence, unless nothing follows them. */
const SECRET = /[\p{N}]|[^\p{L}\p{M}\p{N}.,;:!?'’()-]|\p{Ll}\p{Lu}/u;
const MIN_LONE_LENGTH = 6;

export function findPasswords(text: string): readonly Span[] {
  const found: Span[] = [];
  let behind = 0;
  for (const match of text.matchAll(ANNOUNCED)) {
    const { value = "", sign, keySign } = match.groups!;
    const end = match.index + match[0].length;
    // A part of the value before.
    if (end <= behind) continue;
    const own = value.replace(TRAILING, "");
    const isLone = (sign ?? keySign) !== undefined && own.length >= MIN_LONE_LENGTH && isLineEnd(text, end);
    if (!SECRET.test(own) && !isLone) continue;
    const start = end - value.length;
    behind = wordEnd(text, start + own.length, end);
    found.push({ rule: "password", start, end: behind });
  }
  for (const match of text.matchAll(PIN)) {
    const end = match.index + match[0].length;
    found.push({ rule: "password", start: end - match.groups!.value!.length, end });
  }
  return found;
}

function isLineEnd(text: string, at: number): boolean {
  return at >= text.length || /[\r\n]/.test(text[at]!);
}

/** Goes on where the value was longer than its bound. */
function wordEnd(text: string, end: number, matchedTo: number): number {
  if (end < matchedTo) return end;
  let at = end;
  while (at < text.length && !/[\s"'`]/.test(text[at]!)) at++;
  return at;
}
