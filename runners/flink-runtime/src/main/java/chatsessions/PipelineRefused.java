package chatsessions;

/** The job's settings are wrong, or something that they name is not there: one sentence, after its code in brackets. */
public final class PipelineRefused extends Exception {
  private static final long serialVersionUID = 1L;

  public PipelineRefused(String sentence) {
    super(sentence);
  }
}
