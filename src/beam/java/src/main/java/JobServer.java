import beamstreaming.LoopbackServers;
import beamstreaming.TokenGate;
import java.io.IOException;
import org.apache.beam.runners.flink.FlinkJobInvoker;
import org.apache.beam.runners.flink.FlinkJobServerDriver;
import org.apache.beam.runners.flink.FlinkJobServerDriver.FlinkServerConfiguration;
import org.apache.beam.runners.fnexecution.artifact.ArtifactStagingService;
import org.apache.beam.runners.jobsubmission.InMemoryJobService;
import org.apache.beam.sdk.fn.server.GrpcFnServer;
import org.apache.beam.sdk.fn.server.ServerFactory;

/**
 * Runs Beam's job service and its artifact service on loopback and behind a token, because a client that submits a job
 * starts programs on this machine. Beam's own driver supports neither, and also starts an expansion service, which is
 * not needed.
 */
final class JobServer {
  /** An environment variable, since everybody on the machine can read parameters. */
  static final String TOKEN_VARIABLE = "BEAM_JOB_TOKEN";

  private JobServer() {}

  /** Starts both services and returns the job service's port. The parameters are those of Beam's own driver. */
  static int start(String[] parameters) throws IOException {
    String token = System.getenv(TOKEN_VARIABLE);
    if (token == null || token.isEmpty()) {
      throw new IllegalStateException("The environment has no " + TOKEN_VARIABLE + ".");
    }
    FlinkServerConfiguration configuration = FlinkJobServerDriver.parseArgs(parameters);
    ServerFactory servers = new LoopbackServers(new TokenGate(token));
    GrpcFnServer<ArtifactStagingService> staging =
        GrpcFnServer.allocatePortAndCreateFor(
            new ArtifactStagingService(
                ArtifactStagingService.beamFilesystemArtifactDestinationProvider(
                    configuration.getArtifactStagingPath())),
            servers);
    InMemoryJobService jobs =
        InMemoryJobService.create(
            staging,
            session -> session,
            session -> staging.getService().removeStagedArtifacts(session),
            FlinkJobInvoker.create(configuration),
            configuration.getMaxInvocationHistory());
    return GrpcFnServer.allocatePortAndCreateFor(jobs, servers).getServer().getPort();
  }
}
