import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Makes every job of this process run on one cluster. Beam would start a cluster for each job, which takes a second or
 * two and ends Flink's web page together with the job.
 */
final class ClusterEnvironment extends StreamExecutionEnvironment {
  private static final String TARGET = "this-process";

  private ClusterEnvironment(PipelineExecutorServiceLoader executors, Configuration configuration) {
    super(executors, configuration, ClusterEnvironment.class.getClassLoader());
  }

  /** Applies to all environments that {@code getExecutionEnvironment} makes from this call on. */
  static void runJobsOn(MiniCluster cluster, Configuration configuration) {
    initializeContextEnvironment(
        own -> {
          Configuration all = new Configuration(configuration);
          all.addAll(own);
          all.set(DeploymentOptions.TARGET, TARGET);
          // A detached job would never report its end to the job service.
          all.set(DeploymentOptions.ATTACHED, true);
          return new ClusterEnvironment(new Executors(cluster), all);
        });
  }

  private static final class Executors implements PipelineExecutorServiceLoader, PipelineExecutorFactory {
    private final MiniCluster cluster;

    Executors(MiniCluster cluster) {
      this.cluster = cluster;
    }

    @Override
    public PipelineExecutorFactory getExecutorFactory(Configuration configuration) {
      return this;
    }

    @Override
    public Stream<String> getExecutorNames() {
      return Stream.of(getName());
    }

    @Override
    public String getName() {
      return TARGET;
    }

    @Override
    public boolean isCompatibleWith(Configuration configuration) {
      return true;
    }

    @Override
    public PipelineExecutor getExecutor(Configuration configuration) {
      return this::submit;
    }

    private CompletableFuture<JobClient> submit(
        Pipeline pipeline, Configuration configuration, ClassLoader classLoader) throws Exception {
      JobGraph job = PipelineExecutorUtils.getJobGraph(pipeline, configuration, classLoader);
      return cluster
          .submitJob(job)
          .thenApply(
              submitted ->
                  new MiniClusterJobClient(
                      submitted.getJobID(),
                      cluster,
                      classLoader,
                      MiniClusterJobClient.JobFinalizationBehavior.NOTHING));
    }
  }
}
