import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/**
 * A Flink cluster and Beam's job server in one process: {@code FlinkLocal <configuration folder> <slots>
 * [<parameters of the job server>...]}, with the job server's token in the environment (see {@link JobServer}). Prints one
 * line of JSON with the ports of the job server and of Flink's web page when both serve, and ends when its standard input
 * does: it never outlives the process that started it.
 */
public final class FlinkLocal {
  private FlinkLocal() {}

  public static void main(String[] parameters) throws Exception {
    Thread watch = new Thread(() -> endWithInput(System.in), "end-with-input");
    watch.setDaemon(true);
    watch.start();
    try {
      serve(parameters);
    } catch (Throwable e) {
      // Threads of Flink's would keep the process that never came to serve.
      e.printStackTrace();
      System.err.println(innermost(e));
      Runtime.getRuntime().halt(1);
    }
    Thread.currentThread().join();
  }

  /** Who started the process quotes its last words. */
  private static Throwable innermost(Throwable failure) {
    return failure.getCause() == null ? failure : innermost(failure.getCause());
  }

  private static void serve(String[] parameters) throws Exception {
    Configuration configuration = GlobalConfiguration.loadConfiguration(parameters[0]);
    // A file of settings cannot say nothing, and Flink's default lets every web site read its answers.
    configuration.set(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN, "");
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(Integer.parseInt(parameters[1]))
                .build());
    cluster.start();
    ClusterEnvironment.runJobsOn(cluster, configuration);
    String[] rest = Arrays.copyOfRange(parameters, 2, parameters.length);
    int port = JobServer.start(rest);
    int webPort = cluster.getRestAddress().get().getPort();
    System.out.println("{\"ready\":true,\"port\":" + port + ",\"webPort\":" + webPort + "}");
  }

  private static void endWithInput(InputStream input) {
    try {
      while (input.read() >= 0) {
        // What comes in is of no interest, only its end.
      }
    } catch (IOException e) {
      // The same as an end.
    }
    // Not exit(): hooks that wait for running jobs could keep the process.
    Runtime.getRuntime().halt(0);
  }
}
