package org.apache.beam.runners.flink.metrics;

import org.apache.beam.runners.core.metrics.MetricsContainerStepMap;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * Stands in for Beam's class of the same name, which it precedes on the class path: Beam's metrics as Flink's, and,
 * unlike Beam's own, in the group that Amazon Managed Service for Apache Flink publishes as well.
 */
public class FlinkMetricContainer extends FlinkMetricContainerBase {
  public static final String ACCUMULATOR_NAME = "__metricscontainers";

  private final RuntimeContext runtimeContext;

  public FlinkMetricContainer(RuntimeContext runtimeContext) {
    super(new PublishedMetricGroup(runtimeContext.getMetricGroup()));
    this.runtimeContext = runtimeContext;
  }

  /** At the end of a job, so that its result holds the metrics; an accumulator costs too much while it runs. */
  public void registerMetricsForPipelineResult() {
    Accumulator<MetricsContainerStepMap, MetricsContainerStepMap> known =
        runtimeContext.getAccumulator(ACCUMULATOR_NAME);
    if (known != null) {
      known.add(metricsContainers);
      return;
    }
    MetricsAccumulator accumulator = new MetricsAccumulator();
    runtimeContext.addAccumulator(ACCUMULATOR_NAME, accumulator);
    accumulator.add(metricsContainers);
  }
}
