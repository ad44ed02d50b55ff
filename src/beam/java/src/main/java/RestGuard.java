import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFutureListener;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpMethod;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.LastHttpContent;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;

/**
 * Guards the embedded Flink's REST service on one connection.
 *
 * <ol>
 *   <li>It answers only to loopback names with the service's own port, so a foreign name that resolves to loopback (DNS
 *       rebinding) does not reach the service.
 *   <li>A browser reaches the service only from the service's own pages.
 *   <li>A client without the token may only read: GET and HEAD of the addresses in {@link #LOOKS}, spelt as there. Any
 *       other request may change something, such as {@code GET /jobs/<id>/yarn-cancel}, or be parsed in another way
 *       than here.
 *   <li>The body of a refused request is dropped, and nothing is read from its connection afterwards.
 * </ol>
 */
final class RestGuard extends ChannelInboundHandlerAdapter {
  private static final String ID = "/[\\w.:@~-]+";

  /**
   * Addresses of Flink 1.19 that only read, and the web page's files. They are all of Flink's GET addresses except
   * {@code yarn-cancel}, {@code yarn-stop}, and {@code /jars}, which runs uploaded code to make a plan.
   */
  private static final Pattern LOOKS =
      Pattern.compile(
          "(?:/v1)?(?:"
              + "/(?:config|overview|datasets)"
              + "|/(?:datasets/delete|savepoint-disposal)" + ID
              + "|/(?:jobmanager|taskmanagers)(?:" + ID + ")*"
              + "|/jobs(?:" + ID + ")?"
              + "|/jobs" + ID + "/(?:accumulators|checkpoints|config|exceptions|execution-result|jobmanager|metrics|plan"
              + "|rescaling|resource-requirements|savepoints|status|taskmanagers|vertices)(?:" + ID + ")*"
              + ")/?"
              + "|/|(?:/assets)?(?:" + ID + ")*\\.(?:css|eot|html|ico|js|json|png|svg|ttf|txt|woff2?)");

  private static final Set<String> OWN_PAGES = Set.of("same-origin", "none");

  private final byte[] authorization;
  private boolean hasRefused;

  RestGuard(String token) {
    authorization = bytes("Bearer " + token);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!hasRefused && message instanceof HttpRequest) {
      Refusal refusal = refusalOf((HttpRequest) message, portOf(context));
      if (refusal != null) {
        hasRefused = true;
        answer(context, refusal);
      }
    }
    if (!hasRefused) {
      context.fireChannelRead(message);
      return;
    }
    // The answer waits for the request's end: closing a connection with unread bytes may lose the answer.
    if (message instanceof LastHttpContent) {
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
    ReferenceCountUtil.release(message);
  }

  /** Returns null for a request that is allowed. */
  private Refusal refusalOf(HttpRequest request, int port) {
    if (request.decoderResult().isFailure() || !request.uri().startsWith("/")) {
      return new Refusal(HttpResponseStatus.BAD_REQUEST, "What came is no request to this server.");
    }
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    String host = hosts.size() == 1 ? hosts.get(0).toLowerCase(Locale.ROOT) : "";
    if (!Set.of("127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port).contains(host)) {
      return new Refusal(HttpResponseStatus.FORBIDDEN, "This Flink answers to http://127.0.0.1:" + port + " alone.");
    }
    if (!Set.of("http://" + host).containsAll(request.headers().getAll(HttpHeaderNames.ORIGIN))
        || !OWN_PAGES.containsAll(request.headers().getAll("sec-fetch-site"))) {
      return new Refusal(HttpResponseStatus.FORBIDDEN, "This Flink answers no other web site.");
    }
    if (!isLook(request) && !hasToken(request)) {
      return new Refusal(
          HttpResponseStatus.UNAUTHORIZED,
          "This Flink takes changes with its token alone: npm run flink finds it with the --data-dir of the command that"
              + " started this Flink.");
    }
    return null;
  }

  private static boolean isLook(HttpRequest request) {
    HttpMethod method = request.method();
    String path = request.uri().split("\\?", 2)[0];
    return (HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method)) && LOOKS.matcher(path).matches();
  }

  private boolean hasToken(HttpRequest request) {
    List<String> given = request.headers().getAll(HttpHeaderNames.AUTHORIZATION);
    return given.size() == 1 && MessageDigest.isEqual(bytes(given.get(0)), authorization);
  }

  /** Answers in the format of Flink's own errors. */
  private static void answer(ChannelHandlerContext context, Refusal refusal) {
    byte[] body = bytes("{\"errors\":[\"" + refusal.sentence + "\"]}");
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, refusal.status, Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=UTF-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
        .set(HttpHeaderNames.CONNECTION, "close");
    context.writeAndFlush(response);
  }

  private static int portOf(ChannelHandlerContext context) {
    return ((InetSocketAddress) context.channel().localAddress()).getPort();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static final class Refusal {
    final HttpResponseStatus status;
    final String sentence;

    Refusal(HttpResponseStatus status, String sentence) {
      this.status = status;
      this.sentence = sentence;
    }
  }
}
