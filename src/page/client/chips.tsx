import { kindText } from "../../chat/alerts/rule-text";
import type { Outline } from "../contract";
import { labelText, languageText, lowered } from "./format";

/** Shows the model's labels of a session. */
export function Chips({ session }: { readonly session: Outline }) {
  const { intent, sentiment, language, sensitiveKinds, sensitive, truncated, part, partCount } = session;
  return (
    <ul class="chips" aria-label="Labels">
      <li class="chip intent">{labelText(intent)}</li>
      <li class={`chip sentiment ${SENTIMENTS.has(sentiment) ? sentiment : "neutral"}`}>{labelText(sentiment)}</li>
      <li class="chip">{languageText(language)}</li>
      {sensitive && (
        <li class="chip sensitive">
          Sensitive
          {sensitiveKinds.length > 0 && `: ${sensitiveKinds.map((kind) => lowered(kindText(kind))).join(", ")}`}
        </li>
      )}
      {partCount > 1 && (
        <li class="chip">
          Part {part} of {partCount}
        </li>
      )}
      {truncated && <li class="chip">Summary of a part</li>}
    </ul>
  );
}

const SENTIMENTS = new Set(["positive", "neutral", "negative", "mixed"]);
