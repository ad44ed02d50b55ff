import { useEffect, useRef } from "preact/hooks";
import { VIEWS } from "./views";

const KEYS = [
  ["/", "Go to the question"],
  ["j", "Next session, letter or message"],
  ["k", "The one before"],
  ["Enter", "Open the session"],
  ["Esc", "Leave the field, or go back"],
  ...VIEWS.map(({ key, name }) => [`g ${key}`, `Go to ${name}`] as const),
  ["p", "Pause what comes in, or go on"],
  ["?", "This help"],
] as const;

export function Help({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([key, says]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <p>Words between quotation marks must follow one another.</p>
      <button type="button" class="primary" onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}
