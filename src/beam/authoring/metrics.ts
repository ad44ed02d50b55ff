/** A sum. Added up over all bundles and workers. */
export interface Counter {
  inc(delta?: number): void;
}

/** Count, sum, minimum and maximum of whole numbers. */
export interface Distribution {
  update(value: number): void;
}

/** The latest value, with the time of its setting; over several workers the newest one wins. */
export interface Gauge {
  set(value: number): void;
}

/**
 * A DoFn's own metrics, handed to it in `open`. Handles belong to that DoFn instance and its bundles: keep them there,
 * never in module variables. A name is unique per metric kind within one transform; results are
 * addressed by (transform's unique name, metric name).
 */
export interface Metrics {
  counter(name: string): Counter;
  distribution(name: string): Distribution;
  gauge(name: string): Gauge;
}
