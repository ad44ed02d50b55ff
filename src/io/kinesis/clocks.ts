/** The clocks of reading. */
export interface Clocks {
  /** Milliseconds since 1970, which arrival times and event times are compared with. */
  readonly wallMs: () => number;
  /** Milliseconds since any moment. It never goes back: a clock that was set would stop all pauses that it measures. */
  readonly steadyMs: () => number;
}

export const CLOCKS: Clocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() };
