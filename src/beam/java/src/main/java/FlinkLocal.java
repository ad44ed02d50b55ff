import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/**
 * A Flink cluster and Beam's job server in one process: {@code FlinkLocal <configuration folder> <slots> [<parameters
 * of the job server>...]}, with the job server's token in the environment (see {@link JobServer}). When both serve, the
 * process prints one line of JSON with the ports of the job server and of Flink's web page. It ends when its standard
 * input does, so it never outlives the process that started it.
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
      // Flink's threads would keep the failed process alive.
      e.printStackTrace();
      System.err.println(innermost(e));
      Runtime.getRuntime().halt(1);
    }
    Thread.currentThread().join();
  }

  /** Returns the root cause, which is printed last, since the parent process quotes the last line. */
  private static Throwable innermost(Throwable failure) {
    return failure.getCause() == null ? failure : innermost(failure.getCause());
  }

  private static void serve(String[] parameters) throws Exception {
    Configuration configuration = GlobalConfiguration.loadConfiguration(parameters[0]);
    // A configuration file cannot hold an empty value, and Flink's default lets every web site read its answers.
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
        // The input itself is ignored; only its end matters.
      }
    } catch (IOException e) {
      // An error counts as the end.
    }
    // halt(), because exit() would run hooks that may wait for running jobs.
    Runtime.getRuntime().halt(0);
  }
}
