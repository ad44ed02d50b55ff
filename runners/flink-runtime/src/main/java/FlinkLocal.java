import java.io.InputStream;
import org.apache.beam.runners.flink.FlinkJobServerDriver;

/**
 * Beam's job server with an embedded Flink. Prints one line of JSON with its port when it serves, and ends when its
 * standard input does: it never outlives the process that started it.
 */
public final class FlinkLocal {
  private FlinkLocal() {}

  public static void main(String[] parameters) throws Exception {
    Thread watch = new Thread(() -> endWithInput(System.in), "end-with-input");
    watch.setDaemon(true);
    watch.start();
    String url = FlinkJobServerDriver.fromParams(parameters).start();
    String port = url.substring(url.lastIndexOf(':') + 1);
    System.out.println("{\"ready\":true,\"port\":" + port + "}");
    Thread.currentThread().join();
  }

  private static void endWithInput(InputStream input) {
    try {
      while (input.read() >= 0) {
        // What comes in is of no interest, only its end.
      }
    } catch (java.io.IOException e) {
      // The same as an end.
    }
    // Not exit(): hooks that wait for running jobs could keep the process.
    Runtime.getRuntime().halt(0);
  }
}
