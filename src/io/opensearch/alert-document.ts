/** Alerts as documents of their log. Pure. */
import type { Alert } from "../../chat/alerts/alert";
import { alertEvent, type AlertEvent, type EventSettings } from "../../chat/alerts/event";
import { type BulkOperation, indexOperation } from "./bulk";

/** Times are ISO 8601, UTC. */
export interface AlertDocument extends Pick<AlertEvent, "id" | "type" | "source" | "time"> {
  readonly kind: string;
  readonly severity: Alert["severity"];
  readonly rule: string;
  readonly lane: Alert["lane"];
  readonly userHash: string;
  readonly sessionKeyHash: string;
  /** Id of the session's document. */
  readonly documentId?: string;
  readonly start: string;
  readonly end: string;
  readonly messageCount: number;
  readonly language?: string;
  readonly intent?: string;
  readonly attributes?: Alert["attributes"];
  readonly link?: string;
  readonly writtenAt: string;
}

/** Under the alert's own id, so that a replay overwrites itself. */
export function alertOperation(alert: Alert, settings: EventSettings, writtenAtMs: number): BulkOperation {
  return indexOperation(alert.id, JSON.stringify(alertDocument(alert, settings, writtenAtMs)));
}

function alertDocument(alert: Alert, settings: EventSettings, writtenAtMs: number): AlertDocument {
  const { id, type, source, time, data } = alertEvent(alert, settings);
  const { link } = data;
  const { kind, severity, rule, lane, userHash, sessionKeyHash, messageCount, language, intent, attributes } = alert;
  return {
    ...{ id, type, source, time, kind, severity, rule, lane, userHash, sessionKeyHash },
    ...{ start: data.start, end: data.end, messageCount },
    ...(language === undefined ? {} : { language }),
    ...(intent === undefined ? {} : { intent }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(link === undefined ? {} : { link }),
    ...(alert.documentId === undefined ? {} : { documentId: alert.documentId }),
    writtenAt: new Date(writtenAtMs).toISOString(),
  };
}
