package beamstreaming;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.beam.model.pipeline.v1.RunnerApi.Pipeline;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.FlinkPipelineRunner;
import org.apache.beam.runners.fnexecution.provisioning.JobInfo;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.util.construction.PipelineOptionsTranslation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a job on Amazon Managed Service for Apache Flink, for {@link JobMain}. The only argument, which may be missing,
 * is the file of the runtime properties.
 *
 * <p>1. The pipeline is built here, on the JobManager, by a program that is packed beside the worker. So runtime
 * properties can change all of it without another jar, and the code that checks command lines checks them.
 *
 * <p>2. When that program refuses a setting, this one ends with the same sentence, which the service shows as the
 * reason of the failure.
 *
 * <p>3. The job runs with the service's own settings. Nothing here sets parallelism, checkpoints or state.
 *
 * <p>4. A snapshot fits any parallelism, since the service scales. Flink derives the names of operators that Beam does
 * not name from the operators chained to them. So at parallelism 1 nothing is chained to an Impulse, as at any other
 * parallelism.
 */
public final class ManagedService {
  private static final String PROPERTIES = "/etc/flink/application_properties.json";
  /**
   * Limit for building the pipeline. The checks wait for a stream that is being created and for slow models, each for
   * about a minute.
   */
  private static final long TIMEOUT_S = 300;

  private static final int MAX_QUOTED_CHARACTERS = 300;
  /** Several times the memory that the program needs. By default Node.js would use much of the JobManager's memory. */
  private static final String NODE_OPTIONS = "--max-old-space-size=256";

  private static final Logger LOG = LoggerFactory.getLogger(ManagedService.class);

  private ManagedService() {}

  public static void main(String[] arguments) throws Exception {
    Path properties = Paths.get(arguments.length > 0 ? arguments[0] : PROPERTIES);
    JsonNode built = build(WorkerFolder.unpack(), properties);
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
    Pipeline pipeline = Pipeline.parseFrom(Base64.getDecoder().decode(built.path("pipeline").asText()));
    FlinkPipelineOptions options =
        PipelineOptionsTranslation.fromJson(built.path("options").toString()).as(FlinkPipelineOptions.class);
    if (StreamExecutionEnvironment.getExecutionEnvironment().getParallelism() == 1) {
      options.setOperatorChaining(false);
    }
    String name = options.getJobName();
    JobInfo job =
        JobInfo.create(name + "_" + UUID.randomUUID(), name, "", PipelineOptionsTranslation.toProto(options));
    new FlinkPipelineRunner(options, null, List.of()).run(pipeline, job);
  }

  /** Returns the program's output: {@code {"pipeline": <proto in base 64>, "options": {<Beam's names>}}}. */
  private static JsonNode build(WorkerFolder worker, Path properties) throws Exception {
    List<String> command = new ArrayList<>(worker.pipelineCommand());
    command.add(properties.toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("NODE_OPTIONS", NODE_OPTIONS);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new WorkerException(
          "The program that builds the pipeline cannot be started on the JobManager's host: "
              + WorkerProcess.reason(e)
              + ".",
          e);
    }
    process.getOutputStream().close();
    Output errors = new Output(process.getErrorStream());
    Output output = new Output(process.getInputStream());
    boolean ended = process.waitFor(TIMEOUT_S, TimeUnit.SECONDS);
    if (!ended) {
      // Process.destroyForcibly would close the output before it was read.
      process.toHandle().destroyForcibly();
    }
    String said = errors.text().trim();
    if (!ended) {
      log(said);
      throw new WorkerException(
          "The program that builds the pipeline did not end within " + TIMEOUT_S + " s" + quoted(lastLine(said)));
    }
    if (process.exitValue() != 0) {
      throw new PipelineRefusedException(reason(lastLine(said), process.exitValue()));
    }
    log(said);
    return new ObjectMapper().readTree(output.text());
  }

  /** Logs the program's warnings, or its messages before it failed. A refusal is logged as a failure. */
  private static void log(String said) {
    said.lines().forEach(line -> LOG.warn("While the pipeline was built: {}", line));
  }

  private static String lastLine(String said) {
    return said.substring(said.lastIndexOf('\n') + 1);
  }

  /**
   * Returns the reason of a failure. A refusal starts with its code; any other line was printed by Node.js when the
   * program broke.
   */
  private static String reason(String lastLine, int exitCode) {
    if (lastLine.startsWith("[")) {
      return lastLine;
    }
    return "[PIPELINE] The program that builds the pipeline ended with exit code " + exitCode + quoted(lastLine);
  }

  /** Ends a sentence with a quoted line. */
  private static String quoted(String line) {
    return line.isEmpty()
        ? "."
        : ": " + (line.length() > MAX_QUOTED_CHARACTERS ? line.substring(0, MAX_QUOTED_CHARACTERS) : line);
  }

  /** Reads a stream to its end on a thread of its own. */
  private static final class Output {
    private final Thread reader;
    private byte[] bytes = new byte[0];
    private IOException failure;

    Output(InputStream stream) {
      reader =
          new Thread(
              () -> {
                try (stream) {
                  bytes = stream.readAllBytes();
                } catch (IOException e) {
                  failure = e;
                }
              },
              "output-of-the-pipeline-program");
      reader.setDaemon(true);
      reader.start();
    }

    String text() throws IOException, InterruptedException {
      reader.join();
      if (failure != null) {
        throw failure;
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
