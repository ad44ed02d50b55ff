package beamstreaming;

import java.util.function.Function;
import org.apache.beam.runners.fnexecution.control.BundleCheckpointHandler;
import org.apache.beam.runners.fnexecution.control.BundleFinalizationHandler;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.InstructionRequestHandler;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.ProcessBundleDescriptors.ExecutableProcessBundleDescriptor;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.runners.fnexecution.control.TimerReceiverFactory;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;

/** A worker's bundles, which a test makes. */
final class FakeBundles implements StageBundleFactory {
  private final Function<Worker, RemoteBundle> opening;
  private final InstructionRequestHandler instructions;

  FakeBundles(Function<Worker, RemoteBundle> opening) {
    this(opening, null);
  }

  FakeBundles(Function<Worker, RemoteBundle> opening, InstructionRequestHandler instructions) {
    this.opening = opening;
    this.instructions = instructions;
  }

  /** Receivers of a worker's answers. */
  static final class Worker {
    final OutputReceiverFactory outputs;
    final BundleProgressHandler progress;
    final BundleFinalizationHandler finalization;
    final BundleCheckpointHandler checkpoint;

    Worker(
        OutputReceiverFactory outputs,
        BundleProgressHandler progress,
        BundleFinalizationHandler finalization,
        BundleCheckpointHandler checkpoint) {
      this.outputs = outputs;
      this.progress = progress;
      this.finalization = finalization;
      this.checkpoint = checkpoint;
    }
  }

  @Override
  public RemoteBundle getBundle(
      OutputReceiverFactory outputs,
      TimerReceiverFactory timers,
      StateRequestHandler state,
      BundleProgressHandler progress,
      BundleFinalizationHandler finalization,
      BundleCheckpointHandler checkpoint) {
    return opening.apply(new Worker(outputs, progress, finalization, checkpoint));
  }

  @Override
  public ExecutableProcessBundleDescriptor getProcessBundleDescriptor() {
    return null;
  }

  @Override
  public InstructionRequestHandler getInstructionRequestHandler() {
    return instructions;
  }

  @Override
  public void close() {}
}
