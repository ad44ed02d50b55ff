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
 * Starts gRPC servers that only this machine can reach, and in which every call must pass a gate. Beam's own factories
 * listen on all addresses of the machine and admit everybody.
 */
public final class LoopbackServers extends ServerFactory {
  /** A number, which needs no resolver, and which neither a proxy nor IPv6 changes. */
  private static final String HOST = "127.0.0.1";

  /** The settings of Beam's own factory: the sender bounds messages, and workers ask for keep-alives. */
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

  /** Starts a server on loopback, with the address's port but whatever its host is. */
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
      // gRPC calls the last interceptor first, so the gate is first.
      builder.addService(
          ServerInterceptors.intercept(service, GrpcContextHeaderAccessorProvider.interceptor(), gate));
    }
    return builder.build().start();
  }
}
