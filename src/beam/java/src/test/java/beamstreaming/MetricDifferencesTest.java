package beamstreaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleProgressResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.model.pipeline.v1.MetricsApi.MonitoringInfo;
import org.apache.beam.runners.core.metrics.DistributionData;
import org.apache.beam.runners.core.metrics.GaugeData;
import org.apache.beam.runners.core.metrics.MetricUpdates.MetricUpdate;
import org.apache.beam.runners.core.metrics.MetricsContainerImpl;
import org.apache.beam.runners.core.metrics.MonitoringInfoConstants.TypeUrns;
import org.apache.beam.runners.core.metrics.MonitoringInfoEncodings;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.vendor.grpc.v1p60p1.com.google.protobuf.ByteString;
import org.joda.time.Instant;
import org.junit.jupiter.api.Test;

final class MetricDifferencesTest {
  private static final String USER = "beam:metric:user:";
  private static final String ELEMENTS = "beam:metric:element_count:v1";
  private static final String READ_INDEX = "beam:metric:data_channel:read_index:v1";

  /** Adds up what it is told, as Flink's operator does. */
  private final MetricsContainerImpl container = new MetricsContainerImpl("stage");

  private final List<MonitoringInfo> toldEarly = new ArrayList<>();
  private MetricDifferences bundle = open();

  private MetricDifferences open() {
    return new MetricDifferences(
        new BundleProgressHandler() {
          @Override
          public void onProgress(ProcessBundleProgressResponse response) {
            toldEarly.addAll(response.getMonitoringInfosList());
            container.update(response.getMonitoringInfosList());
          }

          @Override
          public void onCompleted(ProcessBundleResponse response) {
            container.update(response.getMonitoringInfosList());
          }
        });
  }

  @Test
  void aCounterGrowsWhileItsBundleRunsAndIsExactAtTheEnd() {
    List<Long> seen = new ArrayList<>();
    for (long count : new long[] {0, 3, 3, 7}) {
      progress(counter("read", count));
      seen.add(count());
    }
    end(counter("read", 10));
    seen.add(count());
    assertEquals(List.of(0L, 3L, 3L, 7L, 10L), seen);
  }

  @Test
  void aSecondBundleCountsOnFromTheFirst() {
    progress(counter("read", 4));
    end(counter("read", 5));
    bundle = open();
    progress(counter("read", 2));
    assertEquals(7, count());
    end(counter("read", 3));
    assertEquals(8, count());
  }

  @Test
  void aBundleThatWasNeverAskedIsToldWhole() {
    end(counter("read", 10), info(ELEMENTS, TypeUrns.SUM_INT64_TYPE, "", encoded(10)));
    assertEquals(10, count());
  }

  @Test
  void noCountGoesBackWhileABundleRuns() {
    progress(counter("read", 7), distribution(4, 40, 1, 20));
    progress(counter("read", 2), distribution(1, 5, 5, 5));
    assertEquals(7, count());
    assertEquals(DistributionData.create(40, 4, 1, 20), distribution());
    end(counter("read", 6), distribution(5, 45, 1, 20));
    assertEquals(6, count());
    assertEquals(DistributionData.create(45, 5, 1, 20), distribution());
  }

  @Test
  void aDistributionKeepsSumCountLeastAndLargest() {
    progress(distribution(2, 30, 10, 20));
    assertEquals(DistributionData.create(30, 2, 10, 20), distribution());
    progress(distribution(4, 36, 1, 20));
    progress(distribution(4, 36, 1, 20));
    end(distribution(5, 136, 1, 100));
    assertEquals(DistributionData.create(136, 5, 1, 100), distribution());
  }

  @Test
  void aGaugeIsTheNewest() {
    progress(gauge(5, 1_000));
    progress(gauge(3, 2_000));
    assertEquals(3, gauge());
    end(gauge(4, 3_000));
    assertEquals(4, gauge());
  }

  @Test
  void whatIsNoMetricOfAnAuthorComesAtTheEndAlone() {
    MonitoringInfo elements = info(ELEMENTS, TypeUrns.SUM_INT64_TYPE, "", encoded(3));
    progress(elements, info(READ_INDEX, TypeUrns.SUM_INT64_TYPE, "", encoded(2)), counter("read", 1));
    assertEquals(1, toldEarly.size());
    end(elements, counter("read", 1));
    assertEquals(1, count());
    assertTrue(container.getCumulative().counterUpdates().toString().contains("element_count"));
  }

  @Test
  void anAnswerThatComesAfterTheEndIsNotCounted() {
    end(counter("read", 10));
    progress(counter("read", 9), counter("other", 1));
    assertEquals(10, count());
    assertEquals(List.of(), toldEarly);
  }

  private void progress(MonitoringInfo... infos) {
    bundle.onProgress(ProcessBundleProgressResponse.newBuilder().addAllMonitoringInfos(List.of(infos)).build());
  }

  private void end(MonitoringInfo... infos) {
    bundle.onCompleted(ProcessBundleResponse.newBuilder().addAllMonitoringInfos(List.of(infos)).build());
  }

  private long count() {
    return only(container.getCumulative().counterUpdates(), "read", 0L);
  }

  private DistributionData distribution() {
    return only(container.getCumulative().distributionUpdates(), "sizes", DistributionData.EMPTY);
  }

  private long gauge() {
    return only(container.getCumulative().gaugeUpdates(), "lag", GaugeData.empty()).value();
  }

  private static <T> T only(Iterable<MetricUpdate<T>> updates, String name, T none) {
    for (MetricUpdate<T> update : updates) {
      if (update.getKey().metricName().getName().equals(name)) {
        return update.getUpdate();
      }
    }
    return none;
  }

  private static MonitoringInfo counter(String name, long count) {
    return info(USER + "sum_int64:v1", TypeUrns.SUM_INT64_TYPE, name, encoded(count));
  }

  private static MonitoringInfo distribution(long count, long sum, long min, long max) {
    ByteString payload = MonitoringInfoEncodings.encodeInt64Distribution(DistributionData.create(sum, count, min, max));
    return info(USER + "distribution_int64:v1", TypeUrns.DISTRIBUTION_INT64_TYPE, "sizes", payload);
  }

  private static MonitoringInfo gauge(long value, long setMs) {
    ByteString payload = MonitoringInfoEncodings.encodeInt64Gauge(GaugeData.create(value, new Instant(setMs)));
    return info(USER + "latest_int64:v1", TypeUrns.LATEST_INT64_TYPE, "lag", payload);
  }

  private static ByteString encoded(long count) {
    return MonitoringInfoEncodings.encodeInt64Counter(count);
  }

  private static MonitoringInfo info(String urn, String type, String name, ByteString payload) {
    MonitoringInfo.Builder info = MonitoringInfo.newBuilder().setUrn(urn).setType(type).setPayload(payload);
    info.putLabels("PTRANSFORM", "stage");
    if (!name.isEmpty()) {
      info.putLabels("NAMESPACE", "beam-ts").putLabels("NAME", name);
    } else {
      info.putLabels("PCOLLECTION", "elements");
    }
    return info.build();
  }
}
