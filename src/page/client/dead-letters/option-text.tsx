/** Options in a sentence: they are copied, and do not break at their hyphens. */
const OPTIONS = /(--[a-z][a-z-]*[a-z])/;

export function OptionText({ text }: { readonly text: string }) {
  return <>{text.split(OPTIONS).map((part, place) => (place % 2 === 1 ? <code key={place}>{part}</code> : part))}</>;
}
