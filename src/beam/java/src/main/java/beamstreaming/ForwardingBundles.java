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

/** Bundles made out of those of another factory; a subclass says how. */
abstract class ForwardingBundles implements StageBundleFactory {
  final StageBundleFactory bundles;

  ForwardingBundles(StageBundleFactory bundles) {
    this.bundles = bundles;
  }

  @Override
  public final RemoteBundle getBundle(
      OutputReceiverFactory outputs,
      TimerReceiverFactory timers,
      StateRequestHandler state,
      BundleProgressHandler progress,
      BundleFinalizationHandler finalization,
      BundleCheckpointHandler checkpoint)
      throws Exception {
    return open(new BundleReceivers(outputs, timers, state, progress, finalization, checkpoint));
  }

  abstract RemoteBundle open(BundleReceivers receivers) throws Exception;

  @Override
  public ExecutableProcessBundleDescriptor getProcessBundleDescriptor() {
    return bundles.getProcessBundleDescriptor();
  }

  @Override
  public InstructionRequestHandler getInstructionRequestHandler() {
    return bundles.getInstructionRequestHandler();
  }

  /** Ends what the subclass has of its own, even when the other factory cannot end. */
  @Override
  public final void close() throws Exception {
    try {
      bundles.close();
    } finally {
      end();
    }
  }

  void end() {}
}
