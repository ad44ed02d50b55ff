/** Values as people read them. Pure but for the browser's time zone. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const numbers = new Intl.NumberFormat("en");
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const minutes = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const languages = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${numbers.format(count)} ${count === 1 ? one : many}`;
}

export function numberText(value: number): string {
  return numbers.format(value);
}

export function dayText(time: string | number): string {
  return days.format(new Date(time));
}

export function minuteText(time: string | number): string {
  return minutes.format(new Date(time));
}

export function secondText(time: string | number): string {
  return seconds.format(new Date(time));
}

export function momentText(time: string | number): string {
  return `${dayText(time)}, ${minuteText(time)}`;
}

/** Two moments, the day once where it is the same. */
export function spanText(from: string | number, to: string | number): string {
  const [start, end] = [dayText(from), dayText(to)];
  return start === end
    ? `${start}, ${minuteText(from)}–${minuteText(to)}`
    : `${start}, ${minuteText(from)} – ${end}, ${minuteText(to)}`;
}

export function durationText(ms: number): string {
  if (ms < SECOND_MS) return "under a second";
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ${Math.round((ms % HOUR_MS) / MINUTE_MS)} min`;
  return counted(Math.round(ms / DAY_MS), "day");
}

/** A wait, in which seconds matter up to ten minutes. */
export function waitText(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < 60 || seconds >= 600) return durationText(ms);
  return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? "" : ` ${seconds % 60} s`}`;
}

/** `technical_support` → `Technical support`. */
export function labelText(label: string): string {
  return raised(label.replaceAll("_", " "));
}

/** A text as a sentence begins. */
export function raised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text within a sentence; one that begins with an abbreviation stays. */
export function lowered(text: string): string {
  return /^\p{Lu}{2}/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

export function languageText(tag: string): string {
  try {
    return languages.of(tag) ?? tag;
  } catch {
    // The model's answer may be no tag.
    return tag;
  }
}

/** The last part of a model's id, which tells models apart. */
export function modelText(id: string): string {
  return id.replace(/^.*[/.](?=[^./]*$)/, "").replace(/(-\d{8})?(-v\d+)?:\d+$/, "");
}

export function bytesText(bytes: number): string {
  if (bytes < 1_024) return counted(bytes, "byte");
  const kibibytes = bytes / 1_024;
  return kibibytes < 1_024 ? `${numbers.format(Math.round(kibibytes))} KiB` : `${(kibibytes / 1_024).toFixed(1)} MiB`;
}

/** Two digits that tell something, since one session costs a part of a cent. */
export function dollarText(usd: number): string {
  if (usd >= 100) return `$${numberText(Math.round(usd))}`;
  return `$${usd === 0 || usd >= 0.01 ? usd.toFixed(2) : usd.toPrecision(2)}`;
}
