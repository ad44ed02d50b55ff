/**
 * The keyboard: `/`, `j`, `k`, `Esc`, `?`, and `g` with a view's letter, anywhere but in fields; Enter is the browser's
 * own on a link.
 */
import { useEffect } from "preact/hooks";
import { goBack, navigate } from "./router";
import { VIEWS } from "./views";

/** A `g` counts for the next key within this time. */
const PREFIX_MS = 2_000;

/** `back` is where Esc leads from what was opened; undefined where nothing is. */
export function useKeys(back: string | undefined, onHelp: () => void): void {
  useEffect(() => {
    let prefixMs = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      // An open dialog closes by Esc itself.
      if (document.querySelector("dialog[open]") !== null) return;
      const field = event.target instanceof Element && event.target.closest("input, select, textarea");
      const isTyping = field instanceof HTMLElement && !isSwitch(field);
      if (event.key === "Escape") {
        if (isTyping) field.blur();
        else if (back !== undefined) goBack(back);
        return;
      }
      if (isTyping) return;
      const view = event.timeStamp - prefixMs < PREFIX_MS ? VIEWS.find(({ key }) => key === event.key) : undefined;
      prefixMs = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (view !== undefined) {
        navigate(view.path);
        event.preventDefault();
        return;
      }
      if (press(event.key, back !== undefined, onHelp)) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [back, onHelp]);
}

/** True when the key did something. */
function press(key: string, isOpened: boolean, onHelp: () => void): boolean {
  switch (key) {
    case "/": {
      const question = document.getElementById("question");
      if (!(question instanceof HTMLInputElement)) return false;
      question.focus();
      question.select();
      return true;
    }
    case "j":
    case "k":
      return step(isOpened ? "[data-message]" : "[data-hit]", key === "j" ? 1 : -1);
    case "?":
      onHelp();
      return true;
    default:
      return false;
  }
}

/** Moves the focus to the next one, or the one before. */
function step(selector: string, by: 1 | -1): boolean {
  const all = [...document.querySelectorAll<HTMLElement>(selector)];
  const place = all.findIndex((each) => each === document.activeElement);
  const next = all[place === -1 ? (by === 1 ? 0 : all.length - 1) : place + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}

function isSwitch(field: HTMLElement): boolean {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}
