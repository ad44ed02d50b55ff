/** Alerts as documents of their log. Pure. */
import type { Alert } from "../../../chat/alerts/alert";
import { alertEvent, type AlertEvent, type EventSettings } from "../../../chat/alerts/event";
import { type BulkOperation, indexOperation } from "../requests/bulk";

type Data = AlertEvent["data"];

/** The event's fields, each at the top, where it can be searched. */
export interface AlertDocument extends Pick<AlertEvent, "id" | "type" | "source" | "time">, Omit<Data, "kinds"> {
  readonly kind: string;
  /** Id of the session's document. */
  readonly documentId?: string;
  readonly writtenAt: string;
}

/** Under the alert's own id, so that a replay overwrites itself. */
export function alertOperation(alert: Alert, settings: EventSettings, writtenAtMs: number): BulkOperation {
  return indexOperation(alert.id, JSON.stringify(alertDocument(alert, settings, writtenAtMs)));
}

function alertDocument(alert: Alert, settings: EventSettings, writtenAtMs: number): AlertDocument {
  const { id, type, source, time, data } = alertEvent(alert, settings);
  const {
    kinds: [kind = alert.kind],
    ...others
  } = data;
  const { documentId } = alert;
  return {
    ...{ id, type, source, time, kind },
    ...others,
    ...(documentId === undefined ? {} : { documentId }),
    writtenAt: new Date(writtenAtMs).toISOString(),
  };
}
