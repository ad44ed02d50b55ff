import java.io.BufferedWriter;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.core.fs.Path;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.RichSinkFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * The speed benchmark's pipeline as a Flink user would write it in Java: the same files, sessions and results.
 * {@code NativeSessions <folder of part-*.jsonl> <folder for results> <parallelism> <session gap, ms> <disorder, ms>}
 */
public final class NativeSessions {
  private NativeSessions() {}

  public static class Message {
    public String userId;
    public String messageId;
    public String content;
    public long timestamp;
  }

  public static class Session {
    public String userId;
    public long start;
    public long end;
    public int count;
    public String sha1;
  }

  /** Marks the time of the first record, too. */
  static final class Parse extends RichMapFunction<String, Message> {
    private static final AtomicBoolean HAS_BEGUN = new AtomicBoolean();

    private final String out;
    private transient ObjectMapper json;

    Parse(String out) {
      this.out = out;
    }

    @Override
    public void open(Configuration configuration) {
      json = new ObjectMapper();
    }

    @Override
    public Message map(String line) throws Exception {
      if (!HAS_BEGUN.get() && HAS_BEGUN.compareAndSet(false, true)) {
        Files.write(Paths.get(out, "first.mark"), new byte[0]);
      }
      return json.readValue(line, Message.class);
    }
  }

  static final class Summarise extends ProcessWindowFunction<Message, Session, String, TimeWindow> {
    @Override
    public void process(String userId, Context context, Iterable<Message> messages, Collector<Session> out)
        throws Exception {
      List<Message> ordered = new ArrayList<>();
      messages.forEach(ordered::add);
      ordered.sort(
          Comparator.<Message>comparingLong(message -> message.timestamp).thenComparing(message -> message.messageId));
      String text = ordered.stream().map(message -> message.content).collect(Collectors.joining("\n"));
      Session session = new Session();
      session.userId = userId;
      session.start = ordered.get(0).timestamp;
      session.end = ordered.get(ordered.size() - 1).timestamp;
      session.count = ordered.size();
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      session.sha1 = HexFormat.of().formatHex(digest);
      out.collect(session);
    }
  }

  static final class Write extends RichSinkFunction<Session> {
    private final String out;
    private transient BufferedWriter writer;
    private transient ObjectMapper json;

    Write(String out) {
      this.out = out;
    }

    @Override
    public void open(Configuration configuration) throws Exception {
      json = new ObjectMapper();
      int task = getRuntimeContext().getIndexOfThisSubtask();
      writer = Files.newBufferedWriter(Paths.get(out, "sessions-" + task + ".jsonl"));
    }

    @Override
    public void invoke(Session session, Context context) throws Exception {
      writer.write(json.writeValueAsString(session));
      writer.write('\n');
    }

    @Override
    public void close() throws Exception {
      if (writer != null) {
        writer.close();
      }
    }
  }

  public static void main(String[] parameters) throws Exception {
    String out = parameters[1];
    int parallelism = Integer.parseInt(parameters[2]);
    long gapMs = Long.parseLong(parameters[3]);
    Duration disorder = Duration.ofMillis(Long.parseLong(parameters[4]));
    File[] parts = new File(parameters[0]).listFiles((folder, name) -> name.startsWith("part-"));
    Path[] paths = Arrays.stream(parts).sorted().map(file -> new Path(file.toURI())).toArray(Path[]::new);
    Configuration configuration = new Configuration();
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, paths.length);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    environment.setRuntimeMode(RuntimeExecutionMode.STREAMING);
    // A reader for each file, so that files advance together, as shards would.
    environment
        .fromSource(
            FileSource.forRecordStreamFormat(new TextLineInputFormat(), paths).build(),
            WatermarkStrategy.noWatermarks(),
            "files")
        .setParallelism(paths.length)
        .map(new Parse(out))
        .setParallelism(paths.length)
        .assignTimestampsAndWatermarks(
            WatermarkStrategy.<Message>forBoundedOutOfOrderness(disorder)
                .withTimestampAssigner((message, timestamp) -> message.timestamp))
        .setParallelism(paths.length)
        .keyBy(message -> message.userId)
        .window(EventTimeSessionWindows.withGap(Time.milliseconds(gapMs)))
        .process(new Summarise())
        .addSink(new Write(out))
        .setParallelism(parallelism);
    environment.execute("sessions");
  }
}
