/** The stages that can refuse a message or a session. */
export const STAGES = ["source", "parse", "summarise", "embed", "write"] as const;
export type Stage = (typeof STAGES)[number];
