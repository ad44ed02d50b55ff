/**
 * Capabilities that rules need. A runner that lacks one must say why; its rules are then shown as skipped with that
 * reason.
 */
export const CAPABILITIES = {
  parDo: "ParDo with life cycle, several outputs and the SDK's own DoFns",
  create: "Impulse, and collections made at the start",
  groupByKey: "grouping by keys of any type",
  combine: "the SDK's combiners",
  fixedWindows: "fixed windows, with offsets",
  slidingWindows: "sliding windows: an element in several windows",
  sessions: "merging windows",
  defaultTrigger: "one pane when the watermark passes the end of the window",
  earlyCount: "early panes by element count",
  earlyProcessingTime: "early panes by processing time",
  earlyFirst: "early panes by the first of several triggers",
  accumulating: "accumulating panes",
  closingBehavior: "a last, empty pane when a window expires",
  outputTime: "grouped elements with the earliest or latest timestamp of their pane",
  lateData: "allowed lateness, late panes, dropping of what is too late",
  watermarks: "watermarks held by the slowest source and by what is unfinished",
  timestamps: "event times, kept through ParDos",
  sideInputs: "singleton and iterable side inputs, also of other windows",
  sideInputsUnbounded: "side inputs in pipelines without an end",
  flatten: "flatten, also of one collection twice",
  splittableBounded: "splittable DoFns that end",
  splittableUnbounded: "splittable DoFns that checkpoint themselves and resume after a delay",
  residualDelay: "residuals that come back no sooner than they asked",
  async: "DoFns of asynchronous calls",
  errors: "failures that name their stage and keep the data private",
  metrics: "counters, distributions and gauges",
  gauges: "gauges",
  drain: "drain: no more reading, all that was read is finished",
  cancel: "cancel: an end at once",
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** The capabilities that a runner lacks, each with a sentence that says why. */
export type Skips = Partial<Record<Capability, string>>;
