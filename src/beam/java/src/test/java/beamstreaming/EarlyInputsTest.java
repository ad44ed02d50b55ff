package beamstreaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.Elements;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionRequest;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleDescriptor;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.InstructionRequestHandler;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.SdkHarnessClient;
import org.apache.beam.runners.fnexecution.data.FnDataService;
import org.apache.beam.runners.fnexecution.data.RemoteInputDestination;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.fn.data.BeamFnDataOutboundAggregator;
import org.apache.beam.sdk.fn.data.CloseableFnDataReceiver;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;

/** Bundles of Beam's own client, whose worker only keeps what it is sent. */
@SuppressWarnings({"rawtypes", "unchecked"})
final class EarlyInputsTest {
  private static final String INPUT = "input";

  /** Numbers of elements in the messages that were sent; -1 marks the end of a bundle. */
  private final List<Integer> sent = new ArrayList<>();
  private RuntimeException failure;
  private long nanos = 1;
  /** Time that the worker takes for a bundle after its last input. */
  private long workNanos = EarlyInputs.BEHIND_NANOS;
  private final EarlyInputs bundles = new EarlyInputs(opened(), () -> nanos);

  private final class Service implements FnDataService, InstructionRequestHandler, StreamObserver<Elements> {
    @Override
    public void registerReceiver(String instruction, CloseableFnDataReceiver<Elements> receiver) {}

    @Override
    public void unregisterReceiver(String instruction) {}

    @Override
    public BeamFnDataOutboundAggregator createOutboundAggregator(Supplier<String> instruction, boolean collects) {
      return new BeamFnDataOutboundAggregator(PipelineOptionsFactory.create(), instruction, this, collects);
    }

    @Override
    public void registerProcessBundleDescriptor(ProcessBundleDescriptor descriptor) {}

    @Override
    public CompletionStage<InstructionResponse> handle(InstructionRequest request) {
      return CompletableFuture.completedFuture(InstructionResponse.getDefaultInstance());
    }

    @Override
    public void close() {}

    @Override
    public void onNext(Elements elements) {
      if (failure != null) {
        throw failure;
      }
      for (Elements.Data data : elements.getDataList()) {
        sent.add(data.getIsLast() ? -1 : data.getData().size() / bytesOfOne());
        nanos += data.getIsLast() ? workNanos : 0;
      }
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }

  private static int bytesOfOne() {
    // Timestamp, number of windows and pane, then the text behind its length.
    return 8 + 4 + 1 + 2;
  }

  private FakeBundles opened() {
    Service service = new Service();
    SdkHarnessClient.BundleProcessor processor =
        SdkHarnessClient.usingFnApiClient(service, service)
            .getProcessor(
                ProcessBundleDescriptor.newBuilder().setId("stage").build(),
                List.of(
                    RemoteInputDestination.of(
                        (org.apache.beam.sdk.coders.Coder)
                            WindowedValue.getFullCoder(StringUtf8Coder.of(), GlobalWindow.Coder.INSTANCE),
                        INPUT)));
    return new FakeBundles(receivers -> processor.newBundle(Map.of(), receivers.progress));
  }

  private RemoteBundle open() throws Exception {
    return bundles.getBundle(null, null, null, BundleProgressHandler.ignored(), null, null);
  }

  private static void add(RemoteBundle bundle) throws Exception {
    ((FnDataReceiver) bundle.getInputReceivers().get(INPUT)).accept(WindowedValue.valueInGlobalWindow("a"));
  }

  private RemoteBundle openBehind() throws Exception {
    open().close();
    sent.clear();
    return open();
  }

  @Test
  void inputsWaitForTheEndWhereTheWorkerWasQuick() throws Exception {
    add(open());
    workNanos -= 1;
    open().close();
    sent.clear();
    RemoteBundle bundle = open();
    add(bundle);
    nanos += 10 * EarlyInputs.EVERY_NANOS;
    add(bundle);
    assertEquals(List.of(), sent);
    bundle.close();
    assertEquals(List.of(2, -1), sent);
  }

  @Test
  void theFirstInputIsSentAtOnce() throws Exception {
    add(openBehind());
    assertEquals(List.of(1), sent);
  }

  @Test
  void laterInputsAreSentTogetherInTurns() throws Exception {
    RemoteBundle bundle = openBehind();
    add(bundle);
    add(bundle);
    nanos += EarlyInputs.EVERY_NANOS - 1;
    add(bundle);
    assertEquals(List.of(1), sent);
    nanos += 1;
    add(bundle);
    assertEquals(List.of(1, 3), sent);
    add(bundle);
    assertEquals(List.of(1, 3), sent);
  }

  @Test
  void theEndOfTheBundleSendsTheRestOnce() throws Exception {
    RemoteBundle bundle = openBehind();
    add(bundle);
    add(bundle);
    bundle.close();
    assertEquals(List.of(1, 1, -1), sent);
  }

  @Test
  void anErrorOfTheStreamIsThatOfTheInput() throws Exception {
    RemoteBundle bundle = openBehind();
    failure = new IllegalStateException("the worker is gone");
    RuntimeException thrown = assertThrows(RuntimeException.class, () -> add(bundle));
    assertSame(failure, thrown.getCause());
  }

  @Test
  void anotherClientIsRefused() {
    FakeBundles others =
        new FakeBundles(
            receivers ->
                new FakeBundle() {
                  @Override
                  public Map<String, FnDataReceiver> getInputReceivers() {
                    return Map.of(INPUT, element -> {});
                  }
                });
    assertThrows(
        IllegalStateException.class, () -> new EarlyInputs(others).getBundle(null, null, null, null, null, null));
  }
}
