package beamstreaming;

/**
 * A worker cannot be started, and restarting the job would not help. The message starts with a code by which the job's
 * client recognises that.
 */
public final class WorkerException extends Exception {
  private static final long serialVersionUID = 1L;

  public WorkerException(String sentence) {
    this(sentence, null);
  }

  public WorkerException(String sentence, Throwable cause) {
    super("[WORKER] " + sentence, cause);
  }
}
