package beamstreaming;

import org.apache.beam.runners.fnexecution.control.InstructionRequestHandler;
import org.apache.beam.runners.fnexecution.control.ProcessBundleDescriptors.ExecutableProcessBundleDescriptor;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;

/** Bundles made out of those of another factory; a subclass says how. */
abstract class ForwardingBundles implements StageBundleFactory {
  final StageBundleFactory bundles;

  ForwardingBundles(StageBundleFactory bundles) {
    this.bundles = bundles;
  }

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

  abstract void end();
}
