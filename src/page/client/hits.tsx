import type { Hit } from "../contract";
import { CardHead } from "./card-head";
import { Chips } from "./chips";
import { counted, durationText, labelText, minuteText, momentText } from "./format";
import { PieceText } from "./pieces";

export function Hits({ hits, first }: { readonly hits: readonly Hit[]; readonly first: number }) {
  return (
    <ol class="hits" start={first}>
      {hits.map((hit) => (
        <li key={hit.id}>
          <HitCard hit={hit} />
        </li>
      ))}
    </ol>
  );
}

function HitCard({ hit }: { readonly hit: Hit }) {
  const { id, userId, start, messageCount, durationMs, summary, excerpts, weak } = hit;
  return (
    <article class={weak ? "hit weak" : "hit"}>
      <CardHead id={id} title={userId}>
        <time dateTime={start}>{momentText(start)}</time>
        <span>{counted(messageCount, "message")}</span>
        {durationMs !== undefined && <span>{durationText(durationMs)}</span>}
        {weak && <span class="weak-note">Weak match</span>}
      </CardHead>
      <p class="summary" dir="auto">
        <PieceText pieces={summary} />
      </p>
      {excerpts.length > 0 && (
        <ul class="excerpts" aria-label="Messages that match">
          {excerpts.map(({ index, timestamp, role, text }) => (
            <li key={index}>
              <span class="excerpt-who">
                <time dateTime={timestamp}>{minuteText(timestamp)}</time> {role === undefined ? "" : labelText(role)}
              </span>
              <span class="excerpt-text" dir="auto">
                <PieceText pieces={text} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <Chips session={hit} />
    </article>
  );
}
