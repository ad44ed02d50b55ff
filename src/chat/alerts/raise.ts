/** Alerts of messages and of session documents. Pure. */
import type { Finding, Severity } from "../detectors/detector";
import { type ChatMessage, type EmbeddedPart, type SessionAttributes, sessionKeyOf } from "../model";
import type { PlannedDocument } from "../plan";
import { alertId } from "../steps/documents/document";
import { keyHash } from "../steps/ids/key-hash";
import { messageKey } from "../steps/ids/message-key";
import { customerOf, participantsOf } from "../steps/sessions/participants";
import { summaryRule } from "../steps/summaries/summary-rule";
import type { Alert } from "./alert";

/** Kinds that models name (taxonomy.ts); of any other one nothing is known. */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  self_harm: "critical",
  violence: "critical",
  credentials: "high",
  payment: "high",
  identity: "high",
  hate: "high",
  sexual: "high",
  health: "medium",
  phone: "low",
  email: "low",
  address: "low",
};

/** One alert for each rule, however often it finds something. */
export function messageAlerts(
  message: ChatMessage,
  findings: readonly Finding[],
  allowed: readonly string[],
): readonly Alert[] {
  const sessionKey = sessionKeyOf(message);
  const key = messageKey(message);
  const { timestampMs, arrivalMs } = message;
  const attributes = allowedOf(message.attributes, allowed);
  const rules = new Map(findings.map((finding) => [finding.rule, finding]));
  return [...rules.values()].map(({ rule, kind, severity }) => ({
    id: alertId(sessionKey, key, rule),
    ...{ lane: "message", rule, kind, severity },
    sessionKeyHash: keyHash(sessionKey),
    userHash: keyHash(message.userId),
    ...{ startMs: timestampMs, endMs: timestampMs, arrivalMs, messageCount: 1 },
    ...(attributes === undefined ? {} : { attributes }),
  }));
}

/** One alert for each kind of sensitive content that the model saw. */
export function sessionAlerts(
  { id: documentId, content: { part, summary } }: PlannedDocument<EmbeddedPart>,
  allowed: readonly string[],
): readonly Alert[] {
  if (!summary.sensitive) return [];
  const attributes = allowedOf(part.attributes, allowed);
  return summary.sensitiveKinds.map((kind) => {
    const rule = summaryRule(kind);
    return {
      id: alertId(part.sessionKey, documentId, rule),
      ...{ lane: "session", rule, kind, severity: SEVERITIES[kind] ?? "medium" },
      sessionKeyHash: keyHash(part.sessionKey),
      userHash: keyHash(userOf(part)),
      documentId,
      ...{ startMs: part.startMs, endMs: part.endMs, messageCount: part.messages.length },
      ...{ language: summary.language, intent: summary.intent },
      ...(attributes === undefined ? {} : { attributes }),
    };
  });
}

function userOf({ sessionKey, messages }: EmbeddedPart["part"]): string {
  const isKeyed = messages.some((message) => message.sessionKey !== undefined);
  return isKeyed ? customerOf(participantsOf(messages)) : sessionKey;
}

function allowedOf(
  attributes: SessionAttributes | undefined,
  allowed: readonly string[],
): SessionAttributes | undefined {
  if (attributes === undefined || allowed.length === 0) return undefined;
  const kept = Object.entries(attributes).filter(([name]) => allowed.includes(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
