import { useState } from "preact/hooks";
import type { SessionAnswer } from "../contract";
import { counted } from "./format";

interface ActionsProps {
  readonly session: SessionAnswer;
  /** Values that are masked until they are revealed. */
  readonly hidden: number;
  readonly onReveal: () => Promise<void>;
  readonly onHide: () => void;
}

export function Actions({ session, hidden, onReveal, onHide }: ActionsProps) {
  const [note, setNote] = useState("");
  const say = (action: () => Promise<void>, done: string, failed: string) => () => {
    action().then(
      () => setNote(done),
      () => setNote(failed),
    );
  };
  return (
    <div class="actions">
      <span role="status" class="action-note">
        {note}
      </span>
      {session.revealed ? (
        <button type="button" onClick={onHide}>
          Hide values
        </button>
      ) : (
        hidden > 0 && (
          <button
            type="button"
            onClick={say(onReveal, "Revealed; the server's log has a line about it.", "They could not be revealed.")}
          >
            Reveal {counted(hidden, "value")}
          </button>
        )
      )}
      <button
        type="button"
        onClick={say(
          () => navigator.clipboard.writeText(location.href),
          "Link copied.",
          "The link could not be copied.",
        )}
      >
        Copy link
      </button>
      <button type="button" onClick={() => save(session)}>
        Export JSON
      </button>
    </div>
  );
}

/** Saves what is shown, masked as it is. */
function save(session: SessionAnswer): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(session, undefined, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `session-${session.id}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
