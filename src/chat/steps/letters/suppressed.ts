/** Tells messages that may not be kept: erased, or older than the retention. Pure. */
import type { ChatMessage } from "../../model";
import { writtenMs } from "../sessions/edits";

/** True when the message was sent before this time: it arrived before, whatever a clock says that is ahead. */
export function isErased({ timestampMs, arrivalMs }: ChatMessage, erasedBeforeMs: number): boolean {
  return Math.min(timestampMs, arrivalMs) < erasedBeforeMs;
}

/** True when the event time lies before this one, as the end of a document would. */
export function isExpired(message: ChatMessage, expiredBeforeMs: number): boolean {
  return writtenMs(message) < expiredBeforeMs;
}
