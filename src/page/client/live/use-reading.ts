import { type RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** True while one reads in a list: its top is scrolled out of sight, or the focus is in it. */
export function useReading(list: RefObject<HTMLElement | null>): boolean {
  const [isReading, setReading] = useState(false);
  useEffect(() => {
    const look = (): void => {
      const box = list.current;
      if (box === null) return;
      setReading(box.getBoundingClientRect().top < 0 || box.contains(document.activeElement));
    };
    // The new focus is known only after the old one was lost.
    const later = (): void => void setTimeout(look);
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("focusin", look);
    addEventListener("focusout", later);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("focusin", look);
      removeEventListener("focusout", later);
    };
  }, []);
  return isReading;
}
