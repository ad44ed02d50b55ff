import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.ingest.common.IngestCommonPlugin;
import org.opensearch.knn.plugin.KNNPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.plugins.Plugin;

/**
 * One real OpenSearch node with k-NN in this process, on 127.0.0.1 only and without security.
 *
 * <p>It answers programs, and no web page: see {@link OriginGuard}.
 *
 * <p>Arguments: data folder, HTTP port (0: a free one). Prints {@code {"ready":true,"port":…}} on standard output once
 * it accepts requests; closes when standard input ends, so it never outlives the process that started it.
 */
public final class OpenSearchLocal extends Node {
  private static final List<Class<? extends Plugin>> PLUGINS =
      List.of(
          OriginGuard.class,
          PainlessPlugin.class,
          CommonAnalysisPlugin.class,
          MapperExtrasPlugin.class,
          IngestCommonPlugin.class,
          ReindexPlugin.class,
          KNNPlugin.class);

  private OpenSearchLocal(Settings settings) {
    super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "local"), PLUGINS, true);
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]).toAbsolutePath();
    Files.createDirectories(home.resolve("config"));
    Settings settings =
        Settings.builder()
            .put("path.home", home)
            .put("cluster.name", "local")
            .put("node.name", "local")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[1])
            .put("transport.port", "0")
            .put("http.type", "netty4")
            .put("transport.type", "netty4")
            .put("node.processors", 2)
            // The setting of managed domains: a request's address alone decides which indexes it reaches.
            .put("rest.action.multi.allow_explicit_index", false)
            // A laptop's nearly full disk would otherwise make every index read-only.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("logger.level", "WARN")
            .build();
    LogConfigurator.configureWithoutConfig(settings);
    OpenSearchLocal node = new OpenSearchLocal(settings);
    node.start();
    int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
    System.out.println("{\"ready\":true,\"port\":" + port + "}");
    waitForEnd(System.in);
    node.close();
    System.exit(0);
  }

  private static void waitForEnd(InputStream input) throws IOException {
    while (input.read() >= 0) {
      continue;
    }
  }
}
