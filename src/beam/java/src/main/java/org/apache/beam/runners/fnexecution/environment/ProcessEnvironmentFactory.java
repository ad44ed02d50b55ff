package org.apache.beam.runners.fnexecution.environment;

import beamstreaming.WorkerFolder;
import beamstreaming.WorkerProcess;
import beamstreaming.WorkerServers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.apache.beam.model.pipeline.v1.RunnerApi.Environment;
import org.apache.beam.model.pipeline.v1.RunnerApi.ProcessPayload;
import org.apache.beam.runners.fnexecution.artifact.ArtifactRetrievalService;
import org.apache.beam.runners.fnexecution.control.ControlClientPool;
import org.apache.beam.runners.fnexecution.control.FnApiControlClientPoolService;
import org.apache.beam.runners.fnexecution.control.InstructionRequestHandler;
import org.apache.beam.runners.fnexecution.logging.GrpcLoggingService;
import org.apache.beam.runners.fnexecution.provisioning.StaticGrpcProvisionService;
import org.apache.beam.sdk.fn.IdGenerator;
import org.apache.beam.sdk.fn.server.GrpcFnServer;
import org.apache.beam.sdk.fn.server.ServerFactory;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * Replaces Beam's class of the same name by preceding it on the class path. It starts the workers of PROCESS
 * environments.
 *
 * <p>1. The command {@code classpath:worker} means the worker in the job's jar, which is unpacked first, because the
 * machines of a cluster have no copy of it. Any other command is a program, as with Beam's own class.
 *
 * <p>2. A worker that cannot start ends the job with a failure that says why. Beam's own class reports an exit code,
 * and the worker's output is lost.
 *
 * <p>3. When a worker dies, all callers that wait for it fail at once: see {@link WorkerServers}.
 *
 * <p>4. A worker's services listen on loopback and require its token. The token is made here and put into the worker's
 * environment. The variables in the pipeline itself are no place for it, since many can read a submitted pipeline.
 *
 * <p>When it can go: not with any known version of Beam, since none unpacks a worker out of a job's jar, notices a
 * worker's death as rule 3 does, or has rule 4. Rule 2 alone would not justify a class. After a change of Beam's
 * version compare it with Beam's own class.
 */
public class ProcessEnvironmentFactory implements EnvironmentFactory {
  /** Whole seconds, because the pool counts in seconds. */
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private static final int START_TIMEOUT_LOOKS = 120;

  private final String provisionEndpoint;
  private final GrpcFnServer<FnApiControlClientPoolService> control;
  private final WorkerServers servers;
  private final ControlClientPool.Source workers;

  private ProcessEnvironmentFactory(
      String provisionEndpoint,
      GrpcFnServer<FnApiControlClientPoolService> control,
      WorkerServers servers,
      ControlClientPool.Source workers) {
    this.provisionEndpoint = provisionEndpoint;
    this.control = control;
    this.servers = servers;
    this.workers = workers;
  }

  @Override
  public RemoteEnvironment createEnvironment(Environment environment, String workerId) throws Exception {
    ProcessPayload wanted = ProcessPayload.parseFrom(environment.getPayload());
    List<String> command =
        WorkerFolder.isMeantBy(wanted.getCommand())
            ? WorkerFolder.unpack().command()
            : List.of(wanted.getCommand());
    List<String> arguments = List.of("--id=" + workerId, "--provision_endpoint=" + provisionEndpoint);
    String token = servers.admit(workerId);
    WorkerProcess process = WorkerProcess.start(workerId, token, command, arguments, wanted.getEnvMap());
    try {
      InstructionRequestHandler connection = connection(workerId, process);
      process.whenEnded(this::workerEnded);
      return new Worker(environment, process, connection);
    } catch (Exception e) {
      process.stop();
      throw e;
    }
  }

  private InstructionRequestHandler connection(String workerId, WorkerProcess process) throws Exception {
    for (int look = 0; look < START_TIMEOUT_LOOKS; look++) {
      try {
        return workers.take(workerId, LOOK_INTERVAL);
      } catch (TimeoutException e) {
        process.requireLife();
      }
    }
    throw new IllegalStateException("A worker did not connect within " + START_TIMEOUT_LOOKS + " s of its start.");
  }

  /**
   * Tells the servers when a worker has died. A worker that ends after Beam has closed its control server has ended
   * normally.
   */
  private void workerEnded() {
    if (!control.getServer().isShutdown()) {
      servers.workerDied();
    }
  }

  private static final class Worker implements RemoteEnvironment {
    private final Environment environment;
    private final WorkerProcess process;
    private final InstructionRequestHandler connection;

    Worker(Environment environment, WorkerProcess process, InstructionRequestHandler connection) {
      this.environment = environment;
      this.process = process;
      this.connection = connection;
    }

    @Override
    public Environment getEnvironment() {
      return environment;
    }

    @Override
    public InstructionRequestHandler getInstructionRequestHandler() {
      return connection;
    }

    @Override
    public void close() throws Exception {
      try {
        connection.close();
      } finally {
        process.stop();
      }
    }
  }

  /** Makes the factory. Beam creates it for PROCESS environments, by this name. */
  public static class Provider implements EnvironmentFactory.Provider {
    /**
     * The servers of the worker that this thread is starting: Beam makes a worker's servers first, then asks for its
     * factory.
     */
    private final ThreadLocal<WorkerServers> servers = new ThreadLocal<>();

    public Provider(PipelineOptions options) {}

    @Override
    public ServerFactory getServerFactory() {
      servers.set(new WorkerServers());
      return servers.get();
    }

    @Override
    public EnvironmentFactory createEnvironmentFactory(
        GrpcFnServer<FnApiControlClientPoolService> control,
        GrpcFnServer<GrpcLoggingService> logging,
        GrpcFnServer<ArtifactRetrievalService> retrieval,
        GrpcFnServer<StaticGrpcProvisionService> provisioning,
        ControlClientPool pool,
        IdGenerator ids) {
      WorkerServers own = servers.get();
      servers.remove();
      return new ProcessEnvironmentFactory(
          provisioning.getApiServiceDescriptor().getUrl(), control, own, pool.getSource());
    }
  }
}
