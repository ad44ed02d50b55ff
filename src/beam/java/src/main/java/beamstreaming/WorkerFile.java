package beamstreaming;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** A file of a {@link WorkerFolder}. Under its name it exists complete and with the right hash, or not at all. */
final class WorkerFile {
  /** Only the folder's user can read, write or enter it. */
  static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /** Unpacking takes seconds, so no process is still writing an unfinished file of this age. */
  private static final Duration ABANDONED_AFTER = Duration.ofMinutes(10);

  private static final Pattern UNFINISHED =
      Pattern.compile("\\.\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}$");

  /** A file's attributes. Any change of the file changes its ctime, which no program can set. */
  private static final String STATE = "unix:mode,ino,size,ctime";

  /** The attributes of each file at the time when its hash was found right. */
  private static final Map<Path, Map<String, Object>> CHECKED = new HashMap<>();

  private final Path file;
  private final String sha256;
  private final boolean executable;

  WorkerFile(Path file, String sha256, boolean executable) {
    this.file = file;
    this.sha256 = sha256;
    this.executable = executable;
  }

  /** Opens a resource of the jar. */
  interface Source {
    InputStream open() throws WorkerException;
  }

  /** Returns a random suffix for the name of an incomplete file. */
  static String unfinished() {
    return "." + UUID.randomUUID();
  }

  /** Removes the incomplete files of processes that were killed while they unpacked. */
  static void removeAbandoned(Path folder) throws IOException {
    FileTime limit = FileTime.from(Instant.now().minus(ABANDONED_AFTER));
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path each, BasicFileAttributes attributes) throws IOException {
            if (UNFINISHED.matcher(each.toString()).find() && attributes.lastModifiedTime().compareTo(limit) < 0) {
              Files.deleteIfExists(each);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path each, IOException reason) throws IOException {
            // Another process was still working on the file and has finished.
            if (reason instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw reason;
          }
        });
  }

  static String hashOf(byte[] content) {
    return hex(sha256().digest(content));
  }

  void provide(Source source) throws IOException, WorkerException {
    synchronized (CHECKED) {
      if (!isChecked()) {
        if (!sha256.equals(hash())) {
          write(source);
        }
        CHECKED.put(file, state());
      }
    }
  }

  private boolean isChecked() throws IOException {
    try {
      return state().equals(CHECKED.get(file));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private Map<String, Object> state() throws IOException {
    return Files.readAttributes(file, STATE, LinkOption.NOFOLLOW_LINKS);
  }

  private void write(Source source) throws IOException, WorkerException {
    Files.createDirectories(file.getParent(), PRIVATE_FOLDER);
    Path unfinished = file.resolveSibling(file.getFileName() + unfinished());
    try {
      MessageDigest digest = sha256();
      try (InputStream content = new DigestInputStream(source.open(), digest)) {
        Files.copy(content, unfinished);
      }
      if (!hex(digest.digest()).equals(sha256)) {
        throw new WorkerException("The jar is damaged: " + file.getFileName() + " is not what its manifest says.");
      }
      Files.setPosixFilePermissions(
          unfinished, PosixFilePermissions.fromString(executable ? "rwx------" : "rw-------"));
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("files cannot be renamed there", e);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /**
   * Returns the file's hash; empty when there is no regular file. A link is refused, because its target could be
   * changed after the check.
   */
  private String hash() throws IOException {
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
}
