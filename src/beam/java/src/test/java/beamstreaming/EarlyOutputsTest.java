package beamstreaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleProgressResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.values.KV;
import org.junit.jupiter.api.Test;

final class EarlyOutputsTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Events in order, each with its thread. */
  private final List<KV<String, Thread>> events = new ArrayList<>();
  private final Operator operator = new Operator();
  private Ending ending = worker -> {};
  private Thread endedBy;

  /** A worker's work once its bundle's inputs are complete. */
  private interface Ending {
    void run(BundleReceivers worker) throws Exception;
  }

  /** Like the part of Beam's operator that runs bundles: its private method takes the outputs out of a queue. */
  private final class Operator {
    final LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
    final CountDownLatch emitted = new CountDownLatch(2);
    RuntimeException failure;
    final CountDownLatch waits = new CountDownLatch(1);
    /** Zero when what is behind the operator takes its outputs: in a test about that, when metrics were told. */
    CountDownLatch room = new CountDownLatch(0);

    OutputReceiverFactory receivers() {
      return new OutputReceiverFactory() {
        @Override
        public <OutputT> FnDataReceiver<OutputT> create(String collection) {
          return element -> queue.put(collection + " " + element);
        }
      };
    }

    @SuppressWarnings("unused")
    private void emitResults() {
      String output;
      while ((output = queue.poll()) != null) {
        if (failure != null) {
          throw failure;
        }
        awaitRoom();
        happened(output);
        emitted.countDown();
      }
    }

    private void awaitRoom() {
      waits.countDown();
      try {
        assertTrue(room.await(LIMIT.toSeconds(), TimeUnit.SECONDS), "outputs wait for ever");
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private FakeBundles bundles() {
    return new FakeBundles(
        worker ->
            new FakeBundle() {
              @Override
              public void close() throws Exception {
                endedBy = Thread.currentThread();
                ending.run(worker);
              }
            });
  }

  @Test
  void outputsGoOnWhileTheWorkerRunsTheBundle() throws Exception {
    ending =
        worker -> {
          FnDataReceiver<String> receiver = worker.outputs.create("main");
          receiver.accept("1");
          receiver.accept("2");
          assertTrue(operator.emitted.await(LIMIT.toSeconds(), TimeUnit.SECONDS), "no output before the end");
        };
    open().close();
    assertEquals(List.of("main 1", "main 2"), names());
    assertByTheTask();
  }

  @Test
  void theOperatorHearsOfTheEndFromItsOwnThreadAndAfterTheOutputs() throws Exception {
    ending =
        worker -> {
          worker.checkpoint.onCheckpoint(ProcessBundleResponse.getDefaultInstance());
          worker.finalization.requestsFinalization("bundle");
          worker.outputs.create("main").accept(null);
        };
    open().close();
    operator.emitResults();
    List<String> told = names();
    told.remove("main null");
    assertEquals(List.of("residuals", "finalization"), told);
    assertByTheTask();
  }

  @Test
  void metricsDoNotWaitForWhatIsBehindTheOperator() throws Exception {
    operator.room = new CountDownLatch(1);
    ending =
        worker -> {
          worker.outputs.create("main").accept("1");
          assertTrue(operator.waits.await(LIMIT.toSeconds(), TimeUnit.SECONDS), "no output before the end");
          worker.progress.onCompleted(ProcessBundleResponse.getDefaultInstance());
        };
    open().close();
    assertEquals(List.of("metrics", "main 1"), names());
  }

  @Test
  void theWorkersErrorIsThatOfTheBundleAndNothingIsTold() throws Exception {
    IllegalStateException error = new IllegalStateException("a worker's error");
    ending =
        worker -> {
          worker.checkpoint.onCheckpoint(ProcessBundleResponse.getDefaultInstance());
          throw error;
        };
    RemoteBundle bundle = open();
    assertSame(error, assertThrows(IllegalStateException.class, bundle::close));
    assertEquals(List.of(), names());
  }

  @Test
  void anErrorBehindTheOperatorEndsTheWait() throws Exception {
    operator.failure = new IllegalStateException("a full disk");
    CountDownLatch never = new CountDownLatch(1);
    ending =
        worker -> {
          worker.outputs.create("main").accept(null);
          never.await();
        };
    RemoteBundle bundle = open();
    assertSame(operator.failure, assertThrows(IllegalStateException.class, bundle::close));
    endedBy.join(LIMIT.toMillis());
  }

  @Test
  void aCancelledTaskWaitsNoLonger() throws Exception {
    Thread task = Thread.currentThread();
    CountDownLatch never = new CountDownLatch(1);
    ending =
        worker -> {
          task.interrupt();
          never.await();
        };
    RemoteBundle bundle = open();
    assertThrows(InterruptedException.class, bundle::close);
  }

  @Test
  void anotherOperatorIsRefused() {
    OutputReceiverFactory outputs =
        new OutputReceiverFactory() {
          @Override
          public <OutputT> FnDataReceiver<OutputT> create(String collection) {
            return element -> {};
          }
        };
    assertThrows(
        IllegalStateException.class,
        () -> new EarlyOutputs(bundles()).getBundle(outputs, null, null, null, null, null));
  }

  private RemoteBundle open() throws Exception {
    BundleProgressHandler progress =
        new BundleProgressHandler() {
          @Override
          public void onProgress(ProcessBundleProgressResponse response) {}

          @Override
          public void onCompleted(ProcessBundleResponse response) {
            happened("metrics");
            operator.room.countDown();
          }
        };
    return new EarlyOutputs(bundles())
        .getBundle(
            operator.receivers(),
            null,
            null,
            progress,
            id -> happened("finalization"),
            response -> happened("residuals"));
  }

  private synchronized void happened(String name) {
    events.add(KV.of(name, Thread.currentThread()));
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    events.forEach(event -> names.add(event.getKey()));
    return names;
  }

  private void assertByTheTask() {
    events.forEach(event -> assertSame(Thread.currentThread(), event.getValue(), event.getKey()));
    assertTrue(endedBy != Thread.currentThread(), "the task's thread waited");
  }
}
