import type { Kind } from "./kinds";

export interface OptionSpec<T = unknown> {
  readonly kind: Kind<T>;
  /** One sentence without its full stop. For a switch that is on by default, it says what the `--no-` form does. */
  readonly says: string;
  /** The default as a user would write it. Without it the option stays undefined when nobody gives it. */
  readonly defaultText?: string;
  /** Describes the behaviour without the option, when there is no plain default. */
  readonly otherwise?: string;
  /** True when the flag may be given several times; its texts are joined by line breaks. */
  readonly isRepeatable?: true;
  /** The option's own variable, when its name does not come from the option's alone. */
  readonly environment?: string;
  /** Variables honoured beside the option's own, because AWS's tools know them. */
  readonly alsoEnvironment?: readonly string[];
}

type WithDefault<T> = OptionSpec<T> & { readonly defaultText: string };

/** An option with a default: its value is always present. */
export function option<T>(kind: Kind<T>, defaultText: string, says: string): WithDefault<T> {
  return { kind, defaultText, says };
}

/** An option that may stay undefined. */
export function optional<T>(
  kind: Kind<T>,
  says: string,
  more: Pick<OptionSpec, "otherwise" | "alsoEnvironment" | "isRepeatable"> = {},
): OptionSpec<T> {
  return { kind, says, ...more };
}

/** The values of a table of options. */
export type ValuesOf<Table extends Record<string, OptionSpec>> = {
  readonly [K in keyof Table]: Table[K] extends OptionSpec<infer T>
    ? Table[K] extends { readonly defaultText: string }
      ? T
      : T | undefined
    : never;
};

/** `sessionGap` → `session-gap`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export const VARIABLE_PREFIX = "CHAT_SESSIONS_";

/** `sessionGap` → `CHAT_SESSIONS_SESSION_GAP`, unless the option's variable has a name of its own. */
export function environmentName(key: string, spec: Pick<OptionSpec, "environment"> = {}): string {
  return spec.environment ?? `${VARIABLE_PREFIX}${flagName(key).replaceAll("-", "_").toUpperCase()}`;
}

/** The table without some of its options. */
export function without<T extends object, K extends keyof T>(table: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !keys.includes(name as K))) as Omit<T, K>;
}
