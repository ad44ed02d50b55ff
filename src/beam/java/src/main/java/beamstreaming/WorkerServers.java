package beamstreaming;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.beam.model.pipeline.v1.Endpoints.ApiServiceDescriptor;
import org.apache.beam.runners.fnexecution.data.GrpcDataService;
import org.apache.beam.sdk.fn.server.ServerFactory;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.BindableService;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Server;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Beam's servers for one worker, which let that worker in and nobody else, and what must end with the worker.
 *
 * <p>Beam hears of a worker's death from its control connection alone. Whoever waits for the data connection of a worker
 * that died without one waits for three minutes; whoever waits for the rest of its data, or for room to send it more, for
 * ever; and the job with them.
 */
public final class WorkerServers extends ServerFactory {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerServers.class);

  private final TokenGate gate = new TokenGate();
  private final ServerFactory servers = new LoopbackServers(gate);
  private final EndingCalls calls = new EndingCalls();
  private GrpcDataService data;

  /** Lets the worker in, which no call before this is; returns the token that it must send. */
  public String admit(String workerId) {
    return gate.openFor(workerId);
  }

  @Override
  public Server allocateAddressAndCreate(List<BindableService> services, ApiServiceDescriptor.Builder address)
      throws IOException {
    return servers.allocateAddressAndCreate(watched(services), address);
  }

  @Override
  public Server create(List<BindableService> services, ApiServiceDescriptor address) throws IOException {
    return servers.create(watched(services), address);
  }

  private List<BindableService> watched(List<BindableService> services) {
    return services.stream().map(this::watched).collect(Collectors.toList());
  }

  private BindableService watched(BindableService service) {
    if (service instanceof GrpcDataService) {
      data = (GrpcDataService) service;
      return () -> ServerInterceptors.intercept(service, calls);
    }
    return service;
  }

  /** Fails all who wait for data of the worker, or to send it some. */
  public void workerDied() {
    // Those who send hold a lock that closing needs.
    calls.otherEndDied();
    try {
      data.close();
    } catch (Exception e) {
      LOG.debug("The data of a worker that died could not be closed", e);
    }
  }
}
