package beamstreaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionRequest;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleDescriptor;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleProgressResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.model.pipeline.v1.MetricsApi.MonitoringInfo;
import org.apache.beam.runners.core.metrics.MonitoringInfoConstants.TypeUrns;
import org.apache.beam.runners.core.metrics.MonitoringInfoEncodings;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.InstructionRequestHandler;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class EarlyMetricsTest {
  private final Clock clock = new Clock();
  private final Worker worker = new Worker();
  private final List<ProcessBundleProgressResponse> told = new ArrayList<>();
  private RuntimeException failure;
  private final EarlyMetrics metrics =
      new EarlyMetrics(
          new FakeBundles(
              opened ->
                  new FakeBundle() {
                    @Override
                    public void close() {
                      if (failure != null) {
                        throw failure;
                      }
                    }
                  },
              worker),
          clock);

  /** A clock that ticks when a test says so. */
  private static final class Clock extends ScheduledThreadPoolExecutor {
    private Runnable tick;
    private ScheduledFuture<?> ticks;

    Clock() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
      tick = task;
      ticks = super.scheduleWithFixedDelay(() -> {}, 1, 1, TimeUnit.DAYS);
      return ticks;
    }

    void tick(int times) {
      for (int time = 0; time < times; time++) {
        tick.run();
      }
    }
  }

  /** The worker's side of the control stream. */
  private static final class Worker implements InstructionRequestHandler {
    final List<InstructionRequest> asked = new ArrayList<>();
    final List<CompletableFuture<InstructionResponse>> answers = new ArrayList<>();
    boolean isSlow;
    RuntimeException failure;

    @Override
    public CompletionStage<InstructionResponse> handle(InstructionRequest request) {
      asked.add(request);
      if (failure != null) {
        throw failure;
      }
      CompletableFuture<InstructionResponse> answer = new CompletableFuture<>();
      answers.add(answer);
      if (!isSlow) {
        answer.complete(InstructionResponse.getDefaultInstance());
      }
      return answer;
    }

    @Override
    public void registerProcessBundleDescriptor(ProcessBundleDescriptor descriptor) {}

    @Override
    public void close() {}
  }

  @AfterEach
  void endClock() {
    clock.shutdownNow();
  }

  @Test
  void aBundleThatRunsLongIsAskedAtEachTick() throws Exception {
    RemoteBundle bundle = open();
    clock.tick(1);
    assertEquals(0, worker.asked.size());
    clock.tick(2);
    assertEquals(2, worker.asked.size());
    assertEquals(2, worker.asked.stream().map(InstructionRequest::getInstructionId).distinct().count());
    assertEquals(
        List.of("bundle", "bundle"),
        worker.asked.stream()
            .map(request -> request.getProcessBundleProgress().getInstructionId())
            .collect(Collectors.toList()));
    bundle.close();
    clock.tick(2);
    assertEquals(2, worker.asked.size());
  }

  @Test
  void itsAnswersReachTheOperator() throws Exception {
    open();
    worker.isSlow = true;
    clock.tick(2);
    ProcessBundleProgressResponse progress =
        ProcessBundleProgressResponse.newBuilder()
            .addMonitoringInfos(
                MonitoringInfo.newBuilder()
                    .setUrn("beam:metric:user:sum_int64:v1")
                    .setType(TypeUrns.SUM_INT64_TYPE)
                    .setPayload(MonitoringInfoEncodings.encodeInt64Counter(3)))
            .build();
    worker.answers.get(0).complete(InstructionResponse.newBuilder().setProcessBundleProgress(progress).build());
    assertEquals(List.of(progress), told);
  }

  @Test
  void aWorkerThatIsSlowIsNotAskedAgainBeforeItAnswers() throws Exception {
    open();
    worker.isSlow = true;
    clock.tick(5);
    assertEquals(1, worker.asked.size());
    worker.answers.get(0).complete(InstructionResponse.getDefaultInstance());
    clock.tick(1);
    assertEquals(2, worker.asked.size());
  }

  @Test
  void shortBundlesAreNeverAsked() throws Exception {
    for (int bundle = 0; bundle < 5; bundle++) {
      RemoteBundle open = open();
      clock.tick(1);
      open.close();
    }
    assertEquals(List.of(), worker.asked);
  }

  @Test
  void aBundleThatFailedIsNotAskedAgain() throws Exception {
    RemoteBundle bundle = open();
    clock.tick(1);
    failure = new IllegalStateException("a worker's error");
    assertSame(failure, assertThrows(IllegalStateException.class, bundle::close));
    clock.tick(2);
    assertEquals(List.of(), worker.asked);
  }

  @Test
  void aBundleWhoseWorkerIsGoneDoesNotEndTheTicks() throws Exception {
    open();
    worker.failure = new IllegalStateException("the worker is gone");
    clock.tick(4);
    assertEquals(1, worker.asked.size());
    worker.failure = null;
    open();
    clock.tick(2);
    assertEquals(2, worker.asked.size());
  }

  @Test
  void aTaskThatEndedHasNoTicks() throws Exception {
    metrics.close();
    assertTrue(clock.ticks.isCancelled());
  }

  private RemoteBundle open() throws Exception {
    BundleProgressHandler operator =
        new BundleProgressHandler() {
          @Override
          public void onProgress(ProcessBundleProgressResponse response) {
            told.add(response);
          }

          @Override
          public void onCompleted(ProcessBundleResponse response) {}
        };
    return metrics.getBundle(null, null, null, operator, null, null);
  }
}
