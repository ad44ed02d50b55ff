package beamstreaming;

import org.apache.beam.runners.fnexecution.control.BundleCheckpointHandler;
import org.apache.beam.runners.fnexecution.control.BundleFinalizationHandler;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.runners.fnexecution.control.TimerReceiverFactory;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;

/** The receivers of all that a worker has to say about a bundle. */
final class BundleReceivers {
  final OutputReceiverFactory outputs;
  final TimerReceiverFactory timers;
  final StateRequestHandler state;
  final BundleProgressHandler progress;
  final BundleFinalizationHandler finalization;
  final BundleCheckpointHandler checkpoint;

  BundleReceivers(
      OutputReceiverFactory outputs,
      TimerReceiverFactory timers,
      StateRequestHandler state,
      BundleProgressHandler progress,
      BundleFinalizationHandler finalization,
      BundleCheckpointHandler checkpoint) {
    this.outputs = outputs;
    this.timers = timers;
    this.state = state;
    this.progress = progress;
    this.finalization = finalization;
    this.checkpoint = checkpoint;
  }

  RemoteBundle open(StageBundleFactory bundles) throws Exception {
    return bundles.getBundle(outputs, timers, state, progress, finalization, checkpoint);
  }

  BundleReceivers withProgress(BundleProgressHandler other) {
    return new BundleReceivers(outputs, timers, state, other, finalization, checkpoint);
  }
}
