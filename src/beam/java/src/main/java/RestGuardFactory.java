import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.channel.Channel;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInitializer;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelPipeline;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpServerCodec;

/**
 * Makes the guards. Flink's REST service finds this class through ServiceLoader. Without a token in the environment the
 * service does not start.
 */
public final class RestGuardFactory implements InboundChannelHandlerFactory {
  static final String TOKEN_VARIABLE = "FLINK_REST_TOKEN";

  private final String token;

  public RestGuardFactory() {
    token = System.getenv(TOKEN_VARIABLE);
    if (token == null || token.isEmpty()) {
      throw new IllegalStateException("The environment has no " + TOKEN_VARIABLE + ".");
    }
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Optional<ChannelHandler> createHandler(Configuration configuration, Map<String, String> responseHeaders) {
    // Inserts the guard before the handler that writes uploads to disk; Flink would add it behind.
    return Optional.of(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            ChannelPipeline pipeline = channel.pipeline();
            pipeline.addAfter(pipeline.context(HttpServerCodec.class).name(), "rest-guard", new RestGuard(token));
          }
        });
  }
}
