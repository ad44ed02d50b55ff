import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Runs the main class that the first parameter names, with the other parameters, and ends when its standard input does:
 * Flink's own processes would outlive the test that started them.
 */
public final class FlinkProcess {
  private FlinkProcess() {}

  public static void main(String[] parameters) throws Exception {
    Thread watch = new Thread(() -> endWithInput(System.in), "end-with-input");
    watch.setDaemon(true);
    watch.start();
    String[] rest = Arrays.copyOfRange(parameters, 1, parameters.length);
    Class.forName(parameters[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
  }

  private static void endWithInput(InputStream input) {
    try {
      while (input.read() >= 0) {
        // The input itself is ignored; only its end matters.
      }
    } catch (IOException e) {
      // An error counts as the end.
    }
    Runtime.getRuntime().halt(0);
  }
}
