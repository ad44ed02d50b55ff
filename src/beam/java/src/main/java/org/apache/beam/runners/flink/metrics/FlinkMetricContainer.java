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
 * Stands in for Beam's class of the same name, which it precedes on the class path: Beam's metrics as Flink's, with two
 * differences.
 *
 * <p>1. They are in the group that Amazon Managed Service for Apache Flink publishes as well.
 *
 * <p>2. Flink knows a metric by operator, namespace and name. When several transforms that are fused into one operator
 * keep a metric of one name, Flink's is that of all of them together; Beam's own is that of whichever comes last.
 *
 * <p>When it can go: with no version of Beam that is known, since none does either. After a change of Beam's version
 * compare it with Beam's own of that name.
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

  /** Shows all that the step has counted so far. */
  @Override
  void updateMetrics(String stepName) {
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
    // The group asks for a gauge's value when it gets to know it.
    distributions
        .computeIfAbsent(name, n -> getMetricGroup().gauge(n, new FlinkDistributionGauge(value)))
        .update(value);
  }

  private void showGauge(String name, GaugeResult value) {
    gauges.computeIfAbsent(name, n -> getMetricGroup().gauge(n, new FlinkGauge(value))).update(value);
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
