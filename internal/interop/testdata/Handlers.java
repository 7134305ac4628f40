// What the tests want below /d/, as a servlet: the documents are served by
// Tomcat itself. Compiled by the compiler that Tomcat has for its JSPs.
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.catalina.connector.ResponseFacade;

public class Handlers extends HttpServlet {
  private static final boolean TIGHT = Boolean.getBoolean("interop.tight");
  private static final int TIGHT_BODY = 1 << 20;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
    switch (request.getServletPath() + request.getPathInfo()) {
      case "/d/up" -> up(request, response);
      case "/d/refuse" -> end(response, 403, "not wanted");
      case "/d/kick" -> {
        try (InputStream in = new URL(System.getenv("INTEROP_KICK")).openStream()) {
          in.readAllBytes();
        }
        end(response, 200, "kicked");
      }
      case "/d/slow" -> slow(response);
      case "/d/hints" -> {
        response.setHeader("Link", "</style.css>; rel=preload");
        for (int i = 0; i < 2; i++) {
          ((ResponseFacade) response).sendEarlyHints(); // not in the servlet API of this version
        }
        end(response, 200, "hinted");
      }
      case "/d/trailers" -> {
        response.setHeader("Trailer", "X-Sum");
        response.setTrailerFields(() -> Map.of("X-Sum", sum("trailed".getBytes())));
        response.getOutputStream().print("trailed");
        response.flushBuffer(); // or it would have a length
      }
      default -> response.sendError(404);
    }
  }

  // up answers with the checksum of what came, and the trailer's X-Sum.
  private static void up(HttpServletRequest request, HttpServletResponse response) throws IOException {
    MessageDigest sum = digest();
    byte[] piece = new byte[16 << 10];
    int total = 0;
    InputStream in = request.getInputStream();
    for (int n; (n = in.read(piece)) >= 0; sum.update(piece, 0, n)) {
      if (TIGHT && (total += n) > TIGHT_BODY) {
        response.setHeader("Connection", "close");
        end(response, 413, "too large");
        return;
      }
    }
    Map<String, String> trailer = new TreeMap<>(String.CASE_INSENSITIVE_ORDER); // it leaves names as they came
    trailer.putAll(request.getTrailerFields());
    response.setHeader("X-Trailer", trailer.getOrDefault("X-Sum", ""));
    end(response, 200, HexFormat.of().formatHex(sum.digest()));
  }

  private static void slow(HttpServletResponse response) throws IOException {
    for (int i = 0; i < 5; i++) {
      try {
        Thread.sleep(30);
      } catch (InterruptedException e) {
        return; // the server is being stopped
      }
      response.getOutputStream().print("slowly\n");
      response.flushBuffer();
    }
  }

  private static void end(HttpServletResponse response, int status, String body) throws IOException {
    byte[] text = body.getBytes(StandardCharsets.US_ASCII);
    response.setStatus(status);
    response.setContentLength(text.length);
    response.getOutputStream().write(text);
  }

  private static String sum(byte[] text) {
    return HexFormat.of().formatHex(digest().digest(text));
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
