/** A sum, added up over all bundles and workers. */
export interface Counter {
  inc(delta?: number): void;
}

/** The count, sum, minimum and maximum of whole numbers. */
export interface Distribution {
  update(value: number): void;
}

/** The latest value and the time when it was set. The newest value of all workers wins. */
export interface Gauge {
  set(value: number): void;
}

/**
 * The metrics of one DoFn, handed to `open`. A handle belongs to the DoFn instance and its bundles: keep it in the
 * instance, never in a module variable. A name must be unique per metric kind within a transform. Results are found by
 * the transform's unique name and the metric's name.
 */
export interface Metrics {
  counter(name: string): Counter;
  distribution(name: string): Distribution;
  gauge(name: string): Gauge;
}
