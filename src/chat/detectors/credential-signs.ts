/** Signs of credentials, which are rare in other texts. */

/** Beginnings of keys and tokens whose issuers gave them a form. */
export const CREDENTIAL_SIGNS =
  /A(?:KIA|SIA|BIA|CCA)|-----BEGIN|eyJ|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[srp]k_|sk-|AIza|SG\.|npm_|hf_|dop_v1_|[Bb][Ee][Aa][Rr][Ee][Rr]|:\/\/[^\s/:@]{0,64}:/;

/** Words for a password, as far as they are the same in most forms; `PASSWORD_WORDS` has them with their ends. */
export const PASSWORD_SIGNS =
  /passw|passphrase|passcode|passord|pwd|\bpin(?:\b|code|num)|kennwort|mot de passe|contrase|\bclave|senha|palavra|wachtwoord|hasło|heslo|lösenord|adgangskode|salasana|[sş]ifre|parol|jelsz|парол|secret|token|api.?key|access.?key|account.?key|κωδικ|كلمة|סיסמ|पासवर्ड|รหัส|密[码碼]|パスワード|비밀번호|암호|mật khẩu|kata sandi/i;

/**
 * The signs as plain words, whose case does not count, so that one pass over a text finds them all. Some also fit where
 * the patterns do not.
 */
export const SIGNS_ANYWHERE: readonly string[] = [
  ...["-----begin", "bearer", "://", "passw", "passphrase", "passcode", "passord", "pwd", "kennwort", "mot de passe"],
  ...["contrase", "senha", "palavra", "wachtwoord", "hasło", "heslo", "lösenord", "adgangskode", "salasana", "sifre"],
  ...["parol", "jelsz", "парол", "secret", "token", "apikey", "api key", "api_key", "api-key", "accesskey"],
  ...["access key", "access_key", "access-key", "accountkey", "account key", "account_key", "account-key"],
  ...[
    "κωδικ",
    "كلمة",
    "סיסמ",
    "पासवर्ड",
    "รหัส",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
    "암호",
    "mật khẩu",
    "kata sandi",
  ],
];
/** Signs that count only where no letter or digit of ASCII stands before them. */
export const SIGNS_AT_BEGIN: readonly string[] = [
  ...["akia", "asia", "abia", "acca", "eyj", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"],
  ...["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "sk_", "rk_", "pk_", "sk-", "aiza", "sg.", "npm_"],
  ...["hf_", "dop_v1_", "pin", "clave"],
];
