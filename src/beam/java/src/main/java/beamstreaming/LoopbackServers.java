package beamstreaming;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.beam.model.pipeline.v1.Endpoints.ApiServiceDescriptor;
import org.apache.beam.sdk.fn.server.GrpcContextHeaderAccessorProvider;
import org.apache.beam.sdk.fn.server.ServerFactory;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.BindableService;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Server;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptors;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.netty.NettyServerBuilder;

/**
 * gRPC servers that this machine alone can reach, and in which every call passes a gate first. Beam's own factories listen
 * on all of the machine's addresses, and let everybody in.
 */
public final class LoopbackServers extends ServerFactory {
  /** By number, which needs no resolver, and which no proxy or second family of addresses changes. */
  private static final String HOST = "127.0.0.1";

  /** Both as in Beam's own factory: messages are bounded by who makes them, and workers ask for a life sign. */
  private static final int MAX_MESSAGE_BYTES = Integer.MAX_VALUE;

  private static final int MIN_KEEP_ALIVE_SECONDS = 20;

  private final TokenGate gate;

  public LoopbackServers(TokenGate gate) {
    this.gate = gate;
  }

  @Override
  public Server allocateAddressAndCreate(List<BindableService> services, ApiServiceDescriptor.Builder address)
      throws IOException {
    Server server = start(services, 0);
    address.setUrl(HOST + ":" + server.getPort());
    return server;
  }

  /** The port is the address's, the host loopback, whatever the address says. */
  @Override
  public Server create(List<BindableService> services, ApiServiceDescriptor address) throws IOException {
    String url = address.getUrl();
    return start(services, Integer.parseInt(url.substring(url.lastIndexOf(':') + 1)));
  }

  private Server start(List<BindableService> services, int port) throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(HOST, port))
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(MIN_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
    for (BindableService service : services) {
      // The last one is asked first.
      builder.addService(
          ServerInterceptors.intercept(service, GrpcContextHeaderAccessorProvider.interceptor(), gate));
    }
    return builder.build().start();
  }
}
