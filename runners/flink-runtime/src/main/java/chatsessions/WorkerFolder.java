package chatsessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A worker that travels in a job's jar, unpacked where it can run: {@code worker/manifest.json} and the files that it
 * names.
 *
 * <p>The manifest: <code>{"version":1, "hosts":["Linux amd64"], "command":["node","{folder}/worker.js"],
 * "files":[{"name":"worker.js","sha256":"…","executable":false}]}</code>. {@code hosts} holds values of Java's
 * {@code os.name os.arch}; without it, any will do. {@code {folder}} stands for the folder of the files. A jar without a
 * pipeline has a {@code pipelineCommand} too: see {@link ManagedService}.
 *
 * <p>1. The folder is named after the manifest, which holds the hashes of all files: jars of different versions do not
 * disturb one another, equal ones share it.
 *
 * <p>2. A file appears under its name whole or not at all, so that any number of tasks and processes may unpack at once.
 *
 * <p>3. Nothing is run that this process has not found to have the hash of the manifest, whoever wrote it; files that
 * went missing since are written again.
 */
public final class WorkerFolder {
  /** The folder of the resources, and the name for it in a command: see {@link #isMeantBy}. */
  private static final String RESOURCES = "worker/";

  private static final String COMMAND = "classpath:worker";
  private static final int VERSION = 1;

  private final Path folder;
  private final JsonNode manifest;

  private WorkerFolder(Path folder, JsonNode manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /** Whether a PROCESS environment with this command wants the worker of the jar. */
  public static boolean isMeantBy(String command) {
    return command.equals(COMMAND);
  }

  /** Absolute. */
  public Path folder() {
    return folder;
  }

  /** The program and its first arguments. */
  public List<String> command() {
    return commandOf("command");
  }

  /** The same of the program that builds the pipeline; empty when the pipeline is in the jar. */
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

  /** Unpacks the worker of this class's jar below Java's temporary folder, unless that was done before. */
  public static WorkerFolder unpack() throws WorkerException {
    return unpack(WorkerFolder.class.getClassLoader(), Paths.get(System.getProperty("java.io.tmpdir")));
  }

  /** One at a time in a process; others may be at it elsewhere. */
  static synchronized WorkerFolder unpack(ClassLoader jar, Path temporary) throws WorkerException {
    byte[] content = read(jar, RESOURCES + "manifest.json");
    JsonNode manifest = parse(content);
    refuseOtherHosts(manifest.path("hosts"));
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9_-]", "_");
    String hash = hex(sha256().digest(content)).substring(0, 16);
    Path folder = temporary.toAbsolutePath().resolve("beam-worker-" + user + "-" + hash);
    try {
      Files.createDirectories(folder);
      for (JsonNode file : manifest.path("files")) {
        provide(jar, folder, file);
      }
    } catch (IOException | SecurityException e) {
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

  private static void provide(ClassLoader jar, Path folder, JsonNode file) throws IOException, WorkerException {
    String name = file.path("name").asText();
    String sha256 = file.path("sha256").asText();
    boolean executable = file.path("executable").asBoolean();
    Path target = folder.resolve(name).normalize();
    if (!target.startsWith(folder)) {
      throw new WorkerException("The jar's worker/manifest.json names a file outside its folder.");
    }
    if (!sha256.equals(hashOf(target))) {
      write(jar, name, target, sha256, executable);
    }
    if (executable && !Files.isExecutable(target)) {
      throw new WorkerException(
          target
              + " cannot be executed, as is usual where a file system is mounted with noexec: java.io.tmpdir must name"
              + " a folder whose files may be run.");
    }
  }

  private static void write(ClassLoader jar, String name, Path target, String sha256, boolean executable)
      throws IOException, WorkerException {
    Files.createDirectories(target.getParent());
    Path unfinished = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID());
    try {
      MessageDigest digest = sha256();
      try (InputStream content = new DigestInputStream(open(jar, RESOURCES + name), digest)) {
        Files.copy(content, unfinished);
      }
      if (!hex(digest.digest()).equals(sha256)) {
        throw new WorkerException("The jar is damaged: " + RESOURCES + name + " is not what its manifest says.");
      }
      Files.setPosixFilePermissions(
          unfinished, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("files cannot be renamed there", e);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** Empty when there is no such file. A link would let others change what was checked. */
  private static String hashOf(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    MessageDigest digest = sha256();
    try (InputStream content = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    } catch (NoSuchFileException e) {
      return "";
    }
    return hex(digest.digest());
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

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte each : bytes) {
      text.append(String.format("%02x", each));
    }
    return text.toString();
  }

  /** {@code AccessDeniedException: /tmp/x} → what happened, without the path again. */
  private static String reason(Exception e) {
    String name = e.getClass().getSimpleName().replaceAll("Exception$", "");
    if (e instanceof FileSystemException) {
      String said = ((FileSystemException) e).getReason();
      return said == null ? name : said;
    }
    return e.getMessage() == null ? name : e.getMessage();
  }
}
