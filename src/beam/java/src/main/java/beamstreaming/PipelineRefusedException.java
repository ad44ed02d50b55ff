package beamstreaming;

/**
 * The job's settings are wrong, or refer to something that does not exist. The message is one sentence after its code
 * in brackets.
 */
public final class PipelineRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  public PipelineRefusedException(String sentence) {
    super(sentence);
  }
}
