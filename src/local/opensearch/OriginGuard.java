import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensearch.common.network.NetworkService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.BigArrays;
import org.opensearch.common.util.PageCacheRecycler;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.telemetry.tracing.Tracer;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.Netty4Plugin;

/**
 * OpenSearch's own HTTP, with the rules of origin-guard.ts before all that it serves, whatever the path.
 *
 * <p>A POST without a body needs no content type, since OpenSearch's clients give it none: no browser sends one to
 * another site without its origin.
 */
public final class OriginGuard extends Netty4Plugin {
  @Override
  public Map<String, Supplier<HttpServerTransport>> getHttpTransports(
      Settings settings,
      ThreadPool threadPool,
      BigArrays bigArrays,
      PageCacheRecycler pageCacheRecycler,
      CircuitBreakerService circuitBreakerService,
      NamedXContentRegistry xContentRegistry,
      NetworkService networkService,
      HttpServerTransport.Dispatcher dispatcher,
      ClusterSettings clusterSettings,
      Tracer tracer) {
    return super.getHttpTransports(
        settings,
        threadPool,
        bigArrays,
        pageCacheRecycler,
        circuitBreakerService,
        xContentRegistry,
        networkService,
        new Guarded(dispatcher),
        clusterSettings,
        tracer);
  }

  private static final class Guarded implements HttpServerTransport.Dispatcher {
    private static final Set<String> OWN_SITES = Set.of("none", "same-origin");

    private final HttpServerTransport.Dispatcher behind;

    private Guarded(HttpServerTransport.Dispatcher behind) {
      this.behind = behind;
    }

    @Override
    public Optional<RestHandler> dispatchHandler(
        String uri, String rawPath, RestRequest.Method method, Map<String, String> parameters) {
      return behind.dispatchHandler(uri, rawPath, method, parameters);
    }

    @Override
    public void dispatchRequest(RestRequest request, RestChannel channel, ThreadContext context) {
      String refusal = refusalOf(request);
      if (refusal == null) {
        behind.dispatchRequest(request, channel, context);
      } else {
        refuse(channel, refusal);
      }
    }

    /** Answers a request that OpenSearch cannot parse, without details. */
    @Override
    public void dispatchBadRequest(RestChannel channel, ThreadContext context, Throwable cause) {
      behind.dispatchBadRequest(channel, context, cause);
    }

    /** Returns the refusal as one sentence, or null. */
    private static String refusalOf(RestRequest request) {
      int port = request.getHttpChannel().getLocalAddress().getPort();
      List<String> own =
          Stream.of("127.0.0.1", "localhost", "[::1]").map(name -> name + ":" + port).collect(Collectors.toList());
      List<String> hosts = valuesOf(request, "host");
      if (hosts.size() != 1 || !own.contains(hosts.get(0).toLowerCase(Locale.ROOT))) {
        return "This service answers only as " + String.join(", ", own) + ".";
      }
      boolean isForeign =
          valuesOf(request, "origin").stream()
              .anyMatch(origin -> own.stream().noneMatch(authority -> origin.equals("http://" + authority)));
      if (isForeign || !OWN_SITES.containsAll(valuesOf(request, "sec-fetch-site"))) {
        return "This service answers no other web site.";
      }
      if (request.method() == RestRequest.Method.POST && request.hasContent() && !needsLeave(request)) {
        return "This service takes a POST with a Content-Type such as application/json only.";
      }
      return null;
    }

    /** Returns true when a browser lets a page send this to another site only after asking that site. */
    private static boolean needsLeave(RestRequest request) {
      List<String> types = valuesOf(request, "content-type");
      String type = types.size() == 1 ? types.get(0).trim().toLowerCase(Locale.ROOT) : "";
      return type.startsWith("application/") && !type.startsWith("application/x-www-form-urlencoded");
    }

    private static List<String> valuesOf(RestRequest request, String name) {
      List<String> values = request.getAllHeaderValues(name);
      return values == null ? List.of() : values;
    }

    private static void refuse(RestChannel channel, String reason) {
      String body =
          "{\"error\":{\"type\":\"security_exception\",\"reason\":\"" + reason + "\"},\"status\":403}";
      channel.sendResponse(new BytesRestResponse(RestStatus.FORBIDDEN, "application/json", body));
    }
  }
}
