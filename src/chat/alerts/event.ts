/** Alerts as CloudEvents 1.0. Pure. */
import type { Alert, Lane } from "./alert";

const EVENT_TYPES = {
  message: "chat.message.sensitive.v1",
  session: "chat.session.sensitive.v1",
} as const satisfies Record<Lane, string>;

export interface EventSettings {
  /** Name of the stream, or of the files in its place. */
  readonly stream: string;
  /** Address of the page that shows sessions; without it events have no link. */
  readonly pageUrl?: string;
}

/** Times are ISO 8601, UTC. Same source and id: the same event, sent again. */
export interface AlertEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: (typeof EVENT_TYPES)[Lane];
  /** The session's document, or the hash of the session key where there is none yet. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: {
    readonly kinds: readonly string[];
    readonly severity: Alert["severity"];
    readonly rule: string;
    readonly lane: Lane;
    readonly userHash: string;
    readonly sessionKeyHash: string;
    readonly start: string;
    readonly end: string;
    readonly messageCount: number;
    readonly language?: string;
    readonly intent?: string;
    readonly attributes?: Alert["attributes"];
    readonly link?: string;
  };
}

/** Holds nothing that somebody wrote in a chat. */
export function alertEvent(alert: Alert, { stream, pageUrl }: EventSettings): AlertEvent {
  const { lane, kind, severity, rule, userHash, sessionKeyHash, messageCount, language, intent, attributes } = alert;
  const end = new Date(alert.endMs).toISOString();
  const link = pageUrl === undefined ? undefined : linkOf(alert, pageUrl);
  return {
    specversion: "1.0",
    id: alert.id,
    source: `/beam-chat-sessions/${encodeURIComponent(stream)}`,
    type: EVENT_TYPES[lane],
    subject: alert.documentId ?? sessionKeyHash,
    time: end,
    datacontenttype: "application/json",
    data: {
      kinds: [kind],
      ...{ severity, rule, lane, userHash, sessionKeyHash },
      start: new Date(alert.startMs).toISOString(),
      end,
      messageCount,
      ...(language === undefined ? {} : { language }),
      ...(intent === undefined ? {} : { intent }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(link === undefined ? {} : { link }),
    },
  };
}

/** The session, or the sessions at the message's time: its own has no document before it ends. */
function linkOf({ documentId, startMs, endMs }: Alert, pageUrl: string): string {
  const page = pageUrl.replace(/\/+$/, "");
  if (documentId !== undefined) return `${page}/session/${encodeURIComponent(documentId)}`;
  const times = { from: new Date(startMs).toISOString(), to: new Date(endMs + 1).toISOString() };
  return `${page}/?${new URLSearchParams(times).toString()}`;
}
