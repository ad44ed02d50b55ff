package chatsessions;

import java.io.IOException;
import java.util.List;
import org.apache.beam.model.pipeline.v1.Endpoints.ApiServiceDescriptor;
import org.apache.beam.runners.fnexecution.data.GrpcDataService;
import org.apache.beam.sdk.fn.server.ServerFactory;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.BindableService;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Server;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Beam's servers for one worker, and what must end with the worker.
 *
 * <p>Beam hears of a worker's death from its control connection alone. Whoever waits for the data connection of a worker
 * that died without one waits for three minutes; whoever waits for the rest of its data, for ever; and the job with them.
 */
public final class WorkerServers extends ServerFactory {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerServers.class);

  private final ServerFactory servers = ServerFactory.createDefault();
  private GrpcDataService data;

  @Override
  public Server allocateAddressAndCreate(List<BindableService> services, ApiServiceDescriptor.Builder address)
      throws IOException {
    services.forEach(this::remember);
    return servers.allocateAddressAndCreate(services, address);
  }

  @Override
  public Server create(List<BindableService> services, ApiServiceDescriptor address) throws IOException {
    services.forEach(this::remember);
    return servers.create(services, address);
  }

  private void remember(BindableService service) {
    if (service instanceof GrpcDataService) {
      data = (GrpcDataService) service;
    }
  }

  /** Fails all who wait for data of the worker. */
  public void workerDied() {
    try {
      data.close();
    } catch (Exception e) {
      LOG.debug("The data of a worker that died could not be closed", e);
    }
  }
}
