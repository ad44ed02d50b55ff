package beamstreaming;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process of a worker. The worker gets its token through its environment, which other users of the machine cannot
 * read, unlike a command line. Its output goes to the log. When it ends at its start, the reason quotes its last lines.
 */
public final class WorkerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
  private static final int LAST_LINES = 5;
  private static final int MAX_LINE_CHARACTERS = 300;
  private static final long STOP_TIMEOUT_MS = 2_000;
  private static final int FIRST_SIGNAL_CODE = 129;
  private static final String TOKEN_VARIABLE = "BEAM_WORKER_TOKEN";

  /** The token of an embedded Flink's job server, which would allow a worker to start any program. */
  private static final String JOB_TOKEN_VARIABLE = "BEAM_JOB_TOKEN";

  private final Process process;
  private final Thread reader;
  private final Deque<String> lastLines = new ArrayDeque<>();

  private WorkerProcess(String id, Process process) {
    this.process = process;
    reader = new Thread(() -> read(id), "output-of-worker-" + id);
    reader.setDaemon(true);
    reader.start();
  }

  public static WorkerProcess start(
      String id, String token, List<String> command, List<String> arguments, Map<String, String> environment)
      throws WorkerException {
    List<String> all = new ArrayList<>(command);
    all.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    // Workers run a pipeline's own code, which must not control the embedded Flink's REST service.
    builder.environment().remove("FLINK_REST_TOKEN");
    builder.environment().putAll(environment);
    builder.environment().remove(JOB_TOKEN_VARIABLE);
    builder.environment().put(TOKEN_VARIABLE, token);
    try {
      return new WorkerProcess(id, builder.start());
    } catch (IOException e) {
      throw new WorkerException(
          "The worker's program " + command.get(0) + " cannot be started on a TaskManager's host: " + reason(e) + ".", e);
    }
  }

  /** Throws when the process has ended. After a signal the exception allows a restart, which may succeed. */
  public void requireLife() throws WorkerException {
    if (process.isAlive()) {
      return;
    }
    try {
      // The last lines may not have been read yet.
      reader.join(STOP_TIMEOUT_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String said;
    synchronized (lastLines) {
      said = String.join(" / ", lastLines);
    }
    int exitCode = process.exitValue();
    String sentence =
        "A worker ended at its start with exit code " + exitCode + (said.isEmpty() ? "." : "; it said: " + said);
    if (exitCode >= FIRST_SIGNAL_CODE) {
      throw new IllegalStateException(sentence);
    }
    throw new WorkerException(sentence);
  }

  /** Calls {@code then} once the process has ended, on any thread; on the caller's thread when it has already ended. */
  public void whenEnded(Runnable then) {
    process.onExit().thenRun(then);
  }

  public void stop() {
    process.destroy();
    try {
      if (process.waitFor(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }

  private void read(String id) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String shown = line.length() > MAX_LINE_CHARACTERS ? line.substring(0, MAX_LINE_CHARACTERS) + "…" : line;
        LOG.warn("Worker {}: {}", id, shown);
        remember(shown.trim());
      }
    } catch (IOException e) {
      LOG.debug("The output of worker {} broke off", id, e);
    }
  }

  private void remember(String line) {
    if (line.isEmpty()) {
      return;
    }
    synchronized (lastLines) {
      lastLines.add(line);
      if (lastLines.size() > LAST_LINES) {
        lastLines.remove();
      }
    }
  }

  /** Returns the reason in Java's message {@code Cannot run program "node": error=2, No such file or directory}. */
  static String reason(IOException e) {
    String words = String.valueOf(e.getMessage());
    int error = words.indexOf("error=");
    return error < 0 ? words : words.substring(words.indexOf(',', error) + 1).trim();
  }
}
