package beamstreaming;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The folder into which the worker in a job's jar is unpacked: {@code worker/manifest.json} and the files that it
 * names.
 *
 * <p>The manifest: <code>{"version":1, "hosts":["Linux amd64"], "command":["node","{folder}/worker.js"],
 * "files":[{"name":"worker.js","sha256":"…","executable":false}]}</code>. {@code hosts} holds values of Java's {@code
 * os.name os.arch}; without it, any host fits. {@code {folder}} stands for the folder of the files. A jar without a
 * pipeline also has a {@code pipelineCommand}: see {@link ManagedService}.
 *
 * <p>1. The folder is named after the hash of the manifest, which holds the hashes of all files. So jars of different
 * versions do not disturb one another, and equal jars share a folder.
 *
 * <p>2. A file appears under its name complete or not at all, so any number of tasks and processes may unpack at once.
 *
 * <p>3. This process runs nothing whose hash it has not checked against the manifest, whoever wrote the file. It reads
 * each file once for that, and again when the file's attributes change. The folder must belong to this user alone, so
 * nobody else can change a checked file.
 *
 * <p>4. A process removes the incomplete files of killed ones, once they are too old for any process to be writing
 * them.
 */
public final class WorkerFolder {
  /** The folder of the resources in the jar. */
  private static final String RESOURCES = "worker/";

  private static final String COMMAND = "classpath:worker";
  private static final int VERSION = 1;

  private final Path folder;
  private final JsonNode manifest;

  private WorkerFolder(Path folder, JsonNode manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /** Returns true when a PROCESS environment with this command means the worker in the jar. */
  public static boolean isMeantBy(String command) {
    return command.equals(COMMAND);
  }

  /** Returns an absolute path. */
  public Path folder() {
    return folder;
  }

  /** Returns the worker's program and its first arguments. */
  public List<String> command() {
    return commandOf("command");
  }

  /** Returns the program that builds the pipeline and its first arguments; empty when the jar holds a pipeline. */
  public List<String> pipelineCommand() {
    return commandOf("pipelineCommand");
  }

  private List<String> commandOf(String name) {
    List<String> command = new ArrayList<>();
    for (JsonNode part : manifest.path(name)) {
      command.add(part.asText().replace("{folder}", folder.toString()));
    }
    return command;
  }

  /** Unpacks the worker in this class's jar below Java's temporary folder, unless that was done before. */
  public static WorkerFolder unpack() throws WorkerException {
    return unpack(WorkerFolder.class.getClassLoader(), Paths.get(System.getProperty("java.io.tmpdir")));
  }

  /** Runs once at a time in this process. Other processes may unpack at the same time. */
  static synchronized WorkerFolder unpack(ClassLoader jar, Path temporary) throws WorkerException {
    byte[] content = read(jar, RESOURCES + "manifest.json");
    JsonNode manifest = parse(content);
    refuseOtherHosts(manifest.path("hosts"));
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9_-]", "_");
    String hash = WorkerFile.hashOf(content).substring(0, 16);
    Path folder = temporary.toAbsolutePath().resolve("beam-worker-" + user + "-" + hash);
    try {
      makePrivate(folder);
      refuseForeign(folder);
      WorkerFile.removeAbandoned(folder);
      for (JsonNode file : manifest.path("files")) {
        provide(jar, folder, file);
      }
    } catch (IOException | UncheckedIOException | SecurityException e) {
      throw new WorkerException(
          "The worker cannot be unpacked into "
              + folder
              + " ("
              + reason(e)
              + "): java.io.tmpdir must name a folder with enough space that Flink's user may write.",
          e);
    }
    return new WorkerFolder(folder, manifest);
  }

  /**
   * Makes the folder, or removes other users' rights from an existing one. Throws when others could write to it, since
   * they may have done so.
   */
  private static void makePrivate(Path folder) throws IOException, WorkerException {
    Files.createDirectories(folder.getParent());
    try {
      Files.createDirectory(folder, WorkerFile.PRIVATE_FOLDER);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new WorkerException(
            folder + " is no folder of its own: remove it, or let java.io.tmpdir name another folder.");
      }
      Set<PosixFilePermission> found = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
      if (found.contains(PosixFilePermission.GROUP_WRITE) || found.contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new WorkerException(
            folder
                + " may be written by others, who could change what runs: remove it, or let java.io.tmpdir name another"
                + " folder.");
      }
    }
  }

  /** Throws when the folder belongs to another user. A new file shows what the host calls this user: its owner. */
  private static void refuseForeign(Path folder) throws IOException, WorkerException {
    Path own = folder.resolve("owner" + WorkerFile.unfinished());
    try {
      UserPrincipal user = Files.getOwner(Files.createFile(own));
      UserPrincipal owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS);
      if (!owner.equals(user)) {
        throw new WorkerException(
            folder
                + " belongs to "
                + owner.getName()
                + ", who could change what runs as "
                + user.getName()
                + ": remove it, or let java.io.tmpdir name another folder.");
      }
      Files.setPosixFilePermissions(folder, WorkerFile.PRIVATE_FOLDER.value());
    } finally {
      Files.deleteIfExists(own);
    }
  }

  private static void provide(ClassLoader jar, Path folder, JsonNode file) throws IOException, WorkerException {
    String name = file.path("name").asText();
    Path target = folder.resolve(name).normalize();
    if (!target.startsWith(folder)) {
      throw new WorkerException("The jar's worker/manifest.json names a file outside its folder.");
    }
    boolean executable = file.path("executable").asBoolean();
    new WorkerFile(target, file.path("sha256").asText(), executable).provide(() -> open(jar, RESOURCES + name));
    if (executable && !Files.isExecutable(target)) {
      throw new WorkerException(
          target
              + " cannot be executed, as is usual where a file system is mounted with noexec: java.io.tmpdir must name"
              + " a folder whose files may be run.");
    }
  }

  private static JsonNode parse(byte[] content) throws WorkerException {
    try {
      JsonNode manifest = new ObjectMapper().readTree(content);
      if (manifest.path("version").asInt() == VERSION) {
        return manifest;
      }
      throw new WorkerException("The jar's worker/manifest.json has another version than " + VERSION + ".");
    } catch (IOException e) {
      throw new WorkerException("The jar's worker/manifest.json cannot be read.", e);
    }
  }

  private static void refuseOtherHosts(JsonNode hosts) throws WorkerException {
    String own = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    List<String> known = new ArrayList<>();
    hosts.forEach(host -> known.add(host.asText()));
    if (!known.isEmpty() && !known.contains(own)) {
      throw new WorkerException(
          "The worker in this jar runs on " + String.join(" or ", known) + ", and this host is " + own + ".");
    }
  }

  private static byte[] read(ClassLoader jar, String resource) throws WorkerException {
    try (InputStream content = open(jar, resource)) {
      return content.readAllBytes();
    } catch (IOException e) {
      throw new WorkerException("The jar's " + resource + " cannot be read.", e);
    }
  }

  private static InputStream open(ClassLoader jar, String resource) throws WorkerException {
    InputStream content = jar.getResourceAsStream(resource);
    if (content == null) {
      throw new WorkerException("The jar has no " + resource + ", which a job with a worker needs.");
    }
    return content;
  }

  /**
   * Describes the error without repeating the path: {@code AccessDeniedException: /tmp/x} becomes {@code AccessDenied}.
   */
  private static String reason(Exception e) {
    String name = e.getClass().getSimpleName().replaceAll("Exception$", "");
    if (e instanceof FileSystemException) {
      String said = ((FileSystemException) e).getReason();
      return said == null ? name : said;
    }
    return e.getMessage() == null ? name : e.getMessage();
  }
}
