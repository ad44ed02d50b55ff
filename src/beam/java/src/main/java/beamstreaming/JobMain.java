package beamstreaming;

import org.apache.beam.runners.flink.FlinkPipelineRunner;

/**
 * The main class of a job's jar. Runs the pipeline in the jar or, without one, the pipeline that {@link ManagedService}
 * builds.
 */
public final class JobMain {
  private static final String PIPELINE = "BEAM-PIPELINE/pipeline-manifest.json";

  private JobMain() {}

  public static void main(String[] arguments) throws Exception {
    if (JobMain.class.getClassLoader().getResource(PIPELINE) == null) {
      ManagedService.main(arguments);
    } else {
      FlinkPipelineRunner.main(arguments);
    }
  }
}
