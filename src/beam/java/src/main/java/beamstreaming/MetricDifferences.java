package beamstreaming;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleProgressResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.model.pipeline.v1.MetricsApi.MonitoringInfo;
import org.apache.beam.runners.core.metrics.DistributionData;
import org.apache.beam.runners.core.metrics.MonitoringInfoConstants.TypeUrns;
import org.apache.beam.runners.core.metrics.MonitoringInfoEncodings;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.vendor.grpc.v1p60p1.com.google.protobuf.ByteString;

/**
 * Tells another handler of a bundle's metrics as differences, so that it may add up all that it is told. A worker tells
 * what a bundle has counted since its beginning, in each answer.
 *
 * <p>1. After the end of a bundle the handler was told, all in all, what the worker told at the end.
 *
 * <p>2. Before the end no count goes back: a worker that has just gathered its last answer tells of less than before.
 *
 * <p>3. Before the end only metrics of the pipeline's authors are told. Others, as the index of the latest element, are
 * no sums, though they look like them.
 *
 * <p>4. What was told of a bundle that fails stays. So does what earlier bundles of the task told, though Flink goes
 * back to a checkpoint and runs them again; a task begins again with empty metrics.
 */
final class MetricDifferences implements BundleProgressHandler {
  private static final String OF_AUTHORS = "beam:metric:user:";

  private final BundleProgressHandler handler;
  /** Values told so far, by the metric without its value. */
  private final Map<MonitoringInfo, Long> counts = new HashMap<>();
  private final Map<MonitoringInfo, DistributionData> distributions = new HashMap<>();
  private boolean hasEnded;

  MetricDifferences(BundleProgressHandler handler) {
    this.handler = handler;
  }

  @Override
  public synchronized void onProgress(ProcessBundleProgressResponse response) {
    if (hasEnded) {
      return;
    }
    List<MonitoringInfo> news = new ArrayList<>();
    for (MonitoringInfo info : response.getMonitoringInfosList()) {
      if (info.getUrn().startsWith(OF_AUTHORS) && hasGrown(info)) {
        news.add(difference(info));
      }
    }
    if (!news.isEmpty()) {
      handler.onProgress(response.toBuilder().clearMonitoringInfos().addAllMonitoringInfos(news).build());
    }
  }

  @Override
  public synchronized void onCompleted(ProcessBundleResponse response) {
    hasEnded = true;
    if (counts.isEmpty() && distributions.isEmpty()) {
      handler.onCompleted(response);
      return;
    }
    List<MonitoringInfo> rest = new ArrayList<>();
    for (MonitoringInfo info : response.getMonitoringInfosList()) {
      rest.add(difference(info));
    }
    handler.onCompleted(response.toBuilder().clearMonitoringInfos().addAllMonitoringInfos(rest).build());
  }

  private boolean hasGrown(MonitoringInfo info) {
    MonitoringInfo metric = metricOf(info);
    switch (info.getType()) {
      case TypeUrns.SUM_INT64_TYPE:
        return countOf(info) > counts.getOrDefault(metric, 0L);
      case TypeUrns.DISTRIBUTION_INT64_TYPE:
        return distributionOf(info).count() > toldOf(metric).count();
      default:
        // The newest of several values counts, however often it is told.
        return info.getType().equals(TypeUrns.LATEST_INT64_TYPE);
    }
  }

  /** Returns what is to be added to what was told, and takes it as told. */
  private MonitoringInfo difference(MonitoringInfo info) {
    MonitoringInfo metric = metricOf(info);
    switch (info.getType()) {
      case TypeUrns.SUM_INT64_TYPE:
        long count = countOf(info);
        Long told = counts.put(metric, count);
        return told == null ? info : with(info, MonitoringInfoEncodings.encodeInt64Counter(count - told));
      case TypeUrns.DISTRIBUTION_INT64_TYPE:
        DistributionData all = distributionOf(info);
        DistributionData before = toldOf(metric);
        distributions.put(metric, all);
        // Least and largest are of all values: those that were told before are among them.
        DistributionData more =
            DistributionData.create(all.sum() - before.sum(), all.count() - before.count(), all.min(), all.max());
        return with(info, MonitoringInfoEncodings.encodeInt64Distribution(more));
      default:
        return info;
    }
  }

  private DistributionData toldOf(MonitoringInfo metric) {
    return distributions.getOrDefault(metric, DistributionData.EMPTY);
  }

  private static long countOf(MonitoringInfo info) {
    return MonitoringInfoEncodings.decodeInt64Counter(info.getPayload());
  }

  private static DistributionData distributionOf(MonitoringInfo info) {
    return MonitoringInfoEncodings.decodeInt64Distribution(info.getPayload());
  }

  private static MonitoringInfo metricOf(MonitoringInfo info) {
    return with(info, ByteString.EMPTY);
  }

  private static MonitoringInfo with(MonitoringInfo info, ByteString payload) {
    return info.toBuilder().setPayload(payload).build();
  }
}
