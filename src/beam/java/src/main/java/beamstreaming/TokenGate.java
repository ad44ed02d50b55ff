package beamstreaming;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Metadata;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerCall;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerCallHandler;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptor;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Status;

/**
 * Admits calls with the token, as {@code authorization: Bearer <token>}, and refuses all others as UNAUTHENTICATED
 * without a reason. A gate without a token refuses every call.
 *
 * <p>A worker's gate also requires the worker's own id: Beam believes any id that a call names, and ids can be guessed.
 */
public final class TokenGate implements ServerInterceptor {
  /** 256 bits cannot be guessed. */
  private static final int TOKEN_BYTES = 32;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");

  /** The header by which Beam tells workers apart. */
  private static final Metadata.Key<String> WORKER_ID = key("worker_id");

  private volatile Admission admission;

  /** Makes a gate that is closed until it is opened for a worker. */
  public TokenGate() {}

  /** Makes a gate for any caller with the token, worker or not. */
  public TokenGate(String token) {
    admission = new Admission(token, null);
  }

  /** Opens the gate for this worker alone, and returns its new token. */
  public String openFor(String workerId) {
    byte[] bytes = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    admission = new Admission(token, workerId);
    return token;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Admission present = admission;
    if (present != null && present.admits(headers)) {
      return next.startCall(call, headers);
    }
    call.close(Status.UNAUTHENTICATED, new Metadata());
    return new ServerCall.Listener<Q>() {};
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static final class Admission {
    private final byte[] authorization;
    private final String workerId;

    Admission(String token, String workerId) {
      this.authorization = bytes("Bearer " + token);
      this.workerId = workerId;
    }

    boolean admits(Metadata headers) {
      String said = headers.get(AUTHORIZATION);
      // The comparison takes the same time wherever the two differ.
      return said != null
          && MessageDigest.isEqual(bytes(said), authorization)
          && (workerId == null || workerId.equals(headers.get(WORKER_ID)));
    }
  }
}
