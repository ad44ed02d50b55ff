import { useEffect, useState } from "preact/hooks";
import type { LetterAnswer } from "../../letters/contract";
import { api } from "../api";
import { Details } from "../details";
import { bytesText, counted, labelText, momentText, raised, secondText } from "../format";
import { countMasked, PieceText } from "../pieces";
import { goBack } from "../router";
import { Empty, Failure, Skeleton } from "../states";
import { useLoaded } from "../use-loaded";
import { OptionText } from "./option-text";
import { RedriveButton, RedriveStatus } from "./redrive";
import type { RedriveState } from "./use-redrive";

interface Props {
  readonly id: string;
  readonly redrive: RedriveState;
}

/** One letter: why it is one, what mends it, and what it holds. */
export function Letter({ id, redrive }: Props) {
  const loaded = useLoaded(`letter ${id}`, (signal) => api.letter(id, signal));
  const [revealed, setRevealed] = useState<LetterAnswer | undefined>(undefined);
  const [note, setNote] = useState("");
  const masked = loaded.isStale ? undefined : loaded.value;
  const letter = revealed ?? masked;
  useEffect(() => {
    scrollTo({ top: 0 });
    document.getElementById("content")?.focus();
  }, [id]);
  useEffect(() => {
    if (redrive.ended > 0) loaded.reload();
  }, [redrive.ended]);
  const hidden = masked === undefined ? 0 : hiddenIn(masked);
  const isGone = loaded.error?.code === "NOT_FOUND";
  return (
    <main id="content" class="wide-view letter" tabIndex={-1} aria-busy={loaded.isLoading}>
      <div class="session-bar">
        <button type="button" class="quiet" onClick={() => goBack("/dead-letters")}>
          ← Back <kbd aria-hidden="true">Esc</kbd>
        </button>
        {letter !== undefined && !isGone && (
          <div class="actions">
            <span role="status" class="action-note">
              {note}
            </span>
            {letter.revealed ? (
              <button type="button" onClick={() => setRevealed(undefined)}>
                Hide values
              </button>
            ) : (
              hidden > 0 && (
                <button
                  type="button"
                  onClick={() => {
                    api.revealLetter(id).then(
                      (answer) => {
                        setRevealed(answer);
                        setNote("Revealed; the server's log has a line about it.");
                      },
                      () => setNote("They could not be revealed."),
                    );
                  }}
                >
                  Reveal {counted(hidden, "value")}
                </button>
              )
            )}
            {letter.state === "open" && <RedriveButton redrive={redrive} filter={{ id }} count={1} />}
          </div>
        )}
      </div>
      <RedriveStatus redrive={redrive} />
      {isGone ? (
        <>
          <h1 class="unseen">A dead letter</h1>
          <Empty title="There is no such dead letter">
            <p>A redrive may have mended it, or its content was erased.</p>
          </Empty>
        </>
      ) : (
        <>
          {loaded.error !== undefined && (
            <Failure error={loaded.error} onRetry={loaded.reload} hasOlder={letter !== undefined} />
          )}
          {letter !== undefined ? (
            <Whole letter={letter} />
          ) : (
            <>
              <h1 class="unseen">A dead letter</h1>
              {loaded.error === undefined && <Skeleton rows={4} />}
            </>
          )}
        </>
      )}
    </main>
  );
}

function hiddenIn({ content }: LetterAnswer): number {
  if (content?.kind === "text") return countMasked([content.text]);
  // Bytes are hidden as a whole, so they count as one.
  if (content?.kind === "bytes") return Number(content.isCut);
  return content?.kind === "messages" ? countMasked(content.messages.map(({ text }) => text)) : 0;
}

function Whole({ letter }: { readonly letter: LetterAnswer }) {
  const { id, code, stage, meaning, mend, reason, time, writtenAt, attempts, position } = letter;
  const rows: readonly (readonly [string, string])[] = [
    ["Time", momentText(time)],
    ["Written", momentText(writtenAt)],
    ["Attempts", String(attempts)],
    [
      "Holds",
      `${labelText(letter.kind)}, ${counted(letter.messageCount, "message")}, ${bytesText(letter.payloadBytes)}`,
    ],
    ["Position", position],
    ["Id", id],
  ];
  return (
    <>
      <div class="letter-head">
        <h1>{raised(meaning)}</h1>
        <p class="facts">
          <bdi class="code">{code}</bdi>
          <span>{labelText(stage)}</span>
        </p>
      </div>
      <section class="panel">
        <h2>Why</h2>
        <p dir="auto" class="letter-reason">
          <OptionText text={raised(reason)} />
        </p>
        <h2>What mends it</h2>
        <p>
          {letter.isTruncated ? (
            "Only the beginning of its record was kept: its reason says how to read the whole again."
          ) : (
            <OptionText text={mend} />
          )}
        </p>
      </section>
      <div class="session-columns">
        <section class="panel" aria-labelledby="content-title">
          <h2 id="content-title">Content</h2>
          <Content letter={letter} />
        </section>
        <Details rows={rows} />
      </div>
    </>
  );
}

function Content({ letter: { content, state, sealedFor, revealed } }: { readonly letter: LetterAnswer }) {
  if (content === undefined) {
    return state === "dropped" ? (
      <p>Its content was dropped, by --letters drop.</p>
    ) : (
      <p>
        Its content is sealed for key {sealedFor}: <code>npm run dead-letters -- show --letter-private-key</code> opens
        it, with the private half of that key.
      </p>
    );
  }
  return (
    <>
      {content.kind === "text" && (
        <pre dir="auto" tabIndex={0} aria-label="Text of the record">
          <PieceText pieces={content.text} />
        </pre>
      )}
      {content.kind === "bytes" && (
        <>
          <p class="side-note">
            It is no text; its bytes in hexadecimal{content.isCut && !revealed && ", all but the first hidden"}:
          </p>
          <pre tabIndex={0} aria-label="Bytes of the record">
            {content.hexadecimal}
          </pre>
        </>
      )}
      {content.kind === "messages" && (
        <ol class="letter-messages">
          {content.messages.map(({ timestamp, role, text }, place) => (
            <li key={place} tabIndex={-1} data-message>
              <span class="excerpt-who">
                <time dateTime={timestamp}>
                  {momentText(timestamp)}
                  {secondText(timestamp).slice(-3)}
                </time>{" "}
                {role === undefined ? "" : labelText(role)}
              </span>
              <span dir="auto">
                <PieceText pieces={text} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {content.isCut && <p class="side-note">There is more, which is not shown here.</p>}
    </>
  );
}
