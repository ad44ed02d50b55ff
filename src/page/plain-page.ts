/** A page of one sentence, which needs no file: whoever sees it may not have been let in. */
import { createHash } from "node:crypto";

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{box-sizing:border-box;max-width:34rem;padding:2rem 1.5rem;overflow-wrap:anywhere}
svg{display:block;width:3rem;height:3rem;color:#6c7ce0}
h1{font-size:1.5rem;line-height:1.25;margin:1rem 0 .5rem}
p{margin:0}`;

/** Added to the policy of such a page, which allows its own style by this hash and no other. */
export const STYLE_POLICY = `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

/** The title that goes with a status. */
export function titleOf(status: number): string {
  if (status === 401) return "Sign in to read";
  if (status === 403) return "Not from here";
  if (status === 404) return "Nothing is here";
  if (status === 429) return "Too many tries";
  return status >= 500 ? "Not now" : "This cannot be done";
}

export function plainPage(title: string, message: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)} · Chat sessions</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 4h14v9H9l-4 3.5V13H3z" fill="currentColor" opacity=".5"/><path d="M9 9h12v8h-2v3l-3.6-3H9z" fill="currentColor"/></svg>
      <h1>${escaped(title)}</h1>
      <p>${escaped(message)}</p>
    </main>
  </body>
</html>
`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
