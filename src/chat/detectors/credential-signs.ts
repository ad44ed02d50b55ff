/** Beginnings of keys and tokens whose issuers gave them a form. */
export const CREDENTIAL_SIGNS =
  /A[KSBC][ICS][A]|-----BEGIN|eyJ|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[srp]k[-_]|AIza|SG\.|npm_|hf_|dop_v1_|[Bb][Ee][Aa][Rr][Ee][Rr]|:\/\/[^\s/:@]{0,64}:/;

/** Words for a password, as far as they are the same in most forms; `PASSWORD_WORDS` has them with their ends. */
export const PASSWORD_SIGNS =
  /passw|passphrase|passcode|passord|pwd|\bpin\b|kennwort|mot de passe|contrase|\bclave|senha|palavra|wachtwoord|hasło|heslo|lösenord|adgangskode|salasana|[sş]ifre|parol|jelsz|парол|secret|token|api.?key|access.?key|κωδικ|كلمة|סיסמ|पासवर्ड|รหัส|密[码碼]|パスワード|비밀번호|암호|mật khẩu|kata sandi/i;
