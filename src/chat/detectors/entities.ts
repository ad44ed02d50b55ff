/** Kinds of personal data and secrets that are found by rule, without a model. */
export const ENTITIES = ["card", "email", "phone", "iban", "credential"] as const;
export type Entity = (typeof ENTITIES)[number];

export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

interface Rule {
  readonly entity: Entity;
  /** A label of the built-in taxonomy. */
  readonly kind: string;
  readonly severity: Severity;
}

/** Rules by name. A credential whose form tells what it opens has a rule of its own. */
export const RULES = {
  card: { entity: "card", kind: "payment", severity: "high" },
  email: { entity: "email", kind: "email", severity: "low" },
  phone: { entity: "phone", kind: "phone", severity: "low" },
  iban: { entity: "iban", kind: "payment", severity: "medium" },
  private_key: { entity: "credential", kind: "credentials", severity: "critical" },
  aws_access_key: { entity: "credential", kind: "credentials", severity: "critical" },
  token: { entity: "credential", kind: "credentials", severity: "high" },
  password: { entity: "credential", kind: "credentials", severity: "high" },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof RULES;
