package org.apache.beam.runners.flink.metrics;

import java.util.Map;
import org.apache.flink.metrics.CharacterFilter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.MetricGroup;

/**
 * A metric group that repeats its counters and numeric gauges in a second group, by the last part of their names.
 * Amazon Managed Service for Apache Flink publishes to CloudWatch whatever is in the group {@value #PUBLISHED}, if its
 * name consists of letters and digits ("Use custom metrics", developer guide). On other Flinks the second group has no
 * effect.
 */
final class PublishedMetricGroup implements MetricGroup {
  static final String PUBLISHED = "kinesisanalytics";

  private final MetricGroup own;
  private final MetricGroup published;

  PublishedMetricGroup(MetricGroup own) {
    this.own = own;
    this.published = own.addGroup(PUBLISHED);
  }

  @Override
  public Counter counter(String name) {
    return publish(name, own.counter(name));
  }

  @Override
  public <C extends Counter> C counter(String name, C counter) {
    return publish(name, own.counter(name, counter));
  }

  @Override
  public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
    // CloudWatch accepts only numbers, so distributions are left out.
    if (gauge.getValue() instanceof Number && isPublished(name)) {
      published.gauge(lastName(name), (Gauge<T>) gauge::getValue);
    }
    return own.gauge(name, gauge);
  }

  private <C extends Counter> C publish(String name, C counter) {
    if (isPublished(name)) {
      published.counter(lastName(name), new Mirror(counter));
    }
    return counter;
  }

  /** Selects the job's own metrics. The names of Beam's element counts have other characters. */
  private static boolean isPublished(String name) {
    return lastName(name).matches("[A-Za-z0-9]+");
  }

  /** Returns the name without Beam's namespace, which a dot separates from it. */
  private static String lastName(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  @Override
  public <H extends Histogram> H histogram(String name, H histogram) {
    return own.histogram(name, histogram);
  }

  @Override
  public <M extends Meter> M meter(String name, M meter) {
    return own.meter(name, meter);
  }

  @Override
  public MetricGroup addGroup(String name) {
    return own.addGroup(name);
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return own.addGroup(key, value);
  }

  @Override
  public String[] getScopeComponents() {
    return own.getScopeComponents();
  }

  @Override
  public Map<String, String> getAllVariables() {
    return own.getAllVariables();
  }

  @Override
  public String getMetricIdentifier(String name) {
    return own.getMetricIdentifier(name);
  }

  @Override
  public String getMetricIdentifier(String name, CharacterFilter filter) {
    return own.getMetricIdentifier(name, filter);
  }

  /**
   * The same counter as another object: Flink's REST service identifies a metric by its object, and under one name
   * alone.
   */
  private static final class Mirror implements Counter {
    private final Counter counter;

    Mirror(Counter counter) {
      this.counter = counter;
    }

    @Override
    public void inc() {
      counter.inc();
    }

    @Override
    public void inc(long n) {
      counter.inc(n);
    }

    @Override
    public void dec() {
      counter.dec();
    }

    @Override
    public void dec(long n) {
      counter.dec(n);
    }

    @Override
    public long getCount() {
      return counter.getCount();
    }
  }
}
