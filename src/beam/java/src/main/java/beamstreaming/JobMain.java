package beamstreaming;

import org.apache.beam.runners.flink.FlinkPipelineRunner;

/** The main class of a job's jar: runs the pipeline that is in it, or else one that is built where it runs. */
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
