package beamstreaming;

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
  private final Opening opening;
  private final InstructionRequestHandler instructions;

  FakeBundles(Opening opening) {
    this(opening, null);
  }

  FakeBundles(Opening opening, InstructionRequestHandler instructions) {
    this.opening = opening;
    this.instructions = instructions;
  }

  /** Opens one of a worker's bundles. */
  interface Opening {
    RemoteBundle open(BundleReceivers receivers);
  }

  @Override
  public RemoteBundle getBundle(
      OutputReceiverFactory outputs,
      TimerReceiverFactory timers,
      StateRequestHandler state,
      BundleProgressHandler progress,
      BundleFinalizationHandler finalization,
      BundleCheckpointHandler checkpoint) {
    return opening.open(new BundleReceivers(outputs, timers, state, progress, finalization, checkpoint));
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
