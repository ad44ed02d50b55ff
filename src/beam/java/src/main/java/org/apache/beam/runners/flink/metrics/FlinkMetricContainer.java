package org.apache.beam.runners.flink.metrics;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.apache.beam.runners.core.metrics.DistributionData;
import org.apache.beam.runners.core.metrics.GaugeData;
import org.apache.beam.runners.core.metrics.MetricUpdates;
import org.apache.beam.runners.core.metrics.MetricUpdates.MetricUpdate;
import org.apache.beam.runners.core.metrics.MetricsContainerStepMap;
import org.apache.beam.sdk.metrics.DistributionResult;
import org.apache.beam.sdk.metrics.GaugeResult;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.Counter;

/**
 * Replaces Beam's class of the same name by preceding it on the class path. It reports Beam's metrics as Flink's, with
 * three differences.
 *
 * <p>1. The metrics are also in the group that Amazon Managed Service for Apache Flink publishes.
 *
 * <p>2. Flink identifies a metric by operator, namespace and name. When several transforms that are fused into one
 * operator have a metric of one name, Flink shows their total. Beam's own class shows that of the last transform.
 *
 * <p>3. Any thread may report, since a bundle's metrics come while the operator's own thread waits: see {@link
 * beamstreaming.EarlyMetrics}.
 *
 * <p>When it can go: not with any known version of Beam, since none does either. After a change of Beam's version
 * compare it with Beam's own class.
 */
public class FlinkMetricContainer extends FlinkMetricContainerBase {
  public static final String ACCUMULATOR_NAME = "__metricscontainers";

  private final RuntimeContext runtimeContext;
  private final Map<String, Counter> counters = new HashMap<>();
  private final Map<String, FlinkDistributionGauge> distributions = new HashMap<>();
  private final Map<String, FlinkGauge> gauges = new HashMap<>();

  public FlinkMetricContainer(RuntimeContext runtimeContext) {
    super(new PublishedMetricGroup(runtimeContext.getMetricGroup()));
    this.runtimeContext = runtimeContext;
  }

  /** Reports all that the step has counted so far. */
  @Override
  synchronized void updateMetrics(String stepName) {
    MetricUpdates counted = getMetricsContainer(stepName).getCumulative();
    byFlinkName(counted.counterUpdates(), Long::sum).forEach(this::showCounter);
    byFlinkName(counted.distributionUpdates(), DistributionData::combine)
        .forEach((name, data) -> showDistribution(name, data.extractResult()));
    byFlinkName(counted.gaugeUpdates(), GaugeData::combine)
        .forEach((name, data) -> showGauge(name, data.extractResult()));
  }

  private static <T> Map<String, T> byFlinkName(Iterable<MetricUpdate<T>> updates, BinaryOperator<T> together) {
    Map<String, T> all = new HashMap<>();
    for (MetricUpdate<T> update : updates) {
      all.merge(getFlinkMetricNameString(update.getKey()), update.getUpdate(), together);
    }
    return all;
  }

  private void showCounter(String name, long value) {
    Counter counter = counters.computeIfAbsent(name, getMetricGroup()::counter);
    counter.inc(value - counter.getCount());
  }

  private void showDistribution(String name, DistributionResult value) {
    // The group reads a gauge's value when the gauge is added.
    distributions
        .computeIfAbsent(name, n -> getMetricGroup().gauge(n, new FlinkDistributionGauge(value)))
        .update(value);
  }

  private void showGauge(String name, GaugeResult value) {
    gauges.computeIfAbsent(name, n -> getMetricGroup().gauge(n, new FlinkGauge(value))).update(value);
  }

  /**
   * Runs at the end of a job, so that its result holds the metrics. Updating an accumulator while the job runs costs
   * too much.
   */
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
