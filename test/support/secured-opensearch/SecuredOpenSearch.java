import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.knn.plugin.KNNPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.plugin.analysis.icu.AnalysisICUPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.security.OpenSearchSecurityPlugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * A node with the security plugin, which is what a domain's fine-grained access control is, and with ICU's analysis,
 * which every domain has, over plain HTTP on 127.0.0.1.
 *
 * <p>Argument: a folder with config/keys.p12, config/trust.p12 and config/opensearch-security. Prints the ready line;
 * closes when standard input ends.
 */
public final class SecuredOpenSearch extends Node {
  private static final List<Class<? extends Plugin>> PLUGINS =
      List.of(
          Netty4Plugin.class,
          PainlessPlugin.class,
          CommonAnalysisPlugin.class,
          MapperExtrasPlugin.class,
          KNNPlugin.class,
          AnalysisICUPlugin.class,
          OpenSearchSecurityPlugin.class);

  private SecuredOpenSearch(Settings settings) {
    super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "local"), PLUGINS, true);
  }

  public static void main(String[] arguments) throws Exception {
    String transport = "plugins.security.ssl.transport.";
    Settings settings =
        Settings.builder()
            .put("path.home", Path.of(arguments[0]).toAbsolutePath())
            .put("cluster.name", "local")
            .put("node.name", "local")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", "0")
            .put("transport.port", "0")
            .put("node.processors", 2)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put(transport + "keystore_filepath", "keys.p12")
            .put(transport + "keystore_type", "PKCS12")
            .put(transport + "truststore_filepath", "trust.p12")
            .put(transport + "truststore_type", "PKCS12")
            .put(transport + "enforce_hostname_verification", false)
            .put("plugins.security.ssl.http.enabled", false)
            .put("plugins.security.allow_default_init_securityindex", true)
            // The audit log goes to the server's own log here, as it goes to CloudWatch on a domain.
            .put("plugins.security.audit.type", "debug")
            .putList("plugins.security.restapi.roles_enabled", "all_access")
            .putList("plugins.security.nodes_dn", "CN=local")
            .putList("plugins.security.authcz.admin_dn", "CN=admin")
            .put("logger.level", "WARN")
            .build();
    LogConfigurator.configureWithoutConfig(settings);
    SecuredOpenSearch node = new SecuredOpenSearch(settings);
    node.start();
    int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
    System.out.println("{\"ready\":true,\"port\":" + port + "}");
    while (System.in.read() >= 0) {
      continue;
    }
    node.close();
    System.exit(0);
  }
}
