package beamstreaming;

/**
 * A worker cannot be started, and no restart of the job mends that. The code before the sentence is how whoever follows
 * the job knows.
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
