package beamstreaming;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Metadata;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerCall;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerCallHandler;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptor;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Status;

/**
 * Ends calls of a service whose peer may die while Beam sends.
 *
 * <p>1. A call whose peer is gone never becomes ready, and Beam sends only when it is. So after {@link #otherEndDied} a
 * call reports that it is ready, and the sender gets the error.
 *
 * <p>2. Beam closes a call again when it cleans up. gRPC would throw at the second close, so it is ignored.
 */
final class EndingCalls implements ServerInterceptor {
  private final Set<ServerCall.Listener<?>> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean hasEnded;

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener = next.startCall(new EndingCall<>(call), headers);
    listeners.add(listener);
    return listener;
  }

  void otherEndDied() {
    hasEnded = true;
    listeners.forEach(ServerCall.Listener::onReady);
  }

  private final class EndingCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final AtomicBoolean isClosed = new AtomicBoolean();

    EndingCall(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public boolean isReady() {
      return hasEnded || super.isReady();
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (!isClosed.getAndSet(true)) {
        super.close(status, trailers);
      }
    }
  }
}
