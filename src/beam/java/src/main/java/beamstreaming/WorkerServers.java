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
 * Beam's servers for one worker. They admit only that worker, and end calls when it dies.
 *
 * <p>Beam notices a worker's death only on the control connection. A caller that waits for the data connection of a
 * worker that died before opening one would wait for three minutes. A caller that waits for the rest of its data, or
 * for room to send more, would wait for ever, and the job with it.
 */
public final class WorkerServers extends ServerFactory {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerServers.class);

  private final TokenGate gate = new TokenGate();
  private final ServerFactory servers = new LoopbackServers(gate);
  private final EndingCalls calls = new EndingCalls();
  private GrpcDataService data;

  /** Opens the gate for the worker and returns the token that it must send. All earlier calls are refused. */
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

  /** Fails all callers that wait to receive data from the worker or to send it more. */
  public void workerDied() {
    // Senders hold a lock that closing needs, so their calls must end first.
    calls.otherEndDied();
    try {
      data.close();
    } catch (Exception e) {
      LOG.debug("The data of a worker that died could not be closed", e);
    }
  }
}
