/** The stages that can refuse a message, a session or an alert. The order is a checkpoint's: new ones come last. */
export const STAGES = ["source", "parse", "summarise", "embed", "write", "alert"] as const;
export type Stage = (typeof STAGES)[number];
