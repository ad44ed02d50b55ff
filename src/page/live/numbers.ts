import type { LiveMore } from "./contract";

/** An event about sessions and alerts, with or without its id. */
type Told =
  { readonly event: "more"; readonly data: LiveMore } | { readonly event: "session" } | { readonly event: "alert" };

/** Adds what an event tells or counts. */
export function plus(before: LiveMore, event: Told): LiveMore {
  const { sessions, alerts } =
    event.event === "more"
      ? event.data
      : { sessions: Number(event.event === "session"), alerts: Number(event.event === "alert") };
  return { sessions: before.sessions + sessions, alerts: before.alerts + alerts };
}
