package beamstreaming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.KV;
import org.junit.jupiter.api.Test;

@SuppressWarnings({"rawtypes", "unchecked"})
final class BoundedBundlesTest {
  private static final int MAX_BYTES = 10_000;
  private static final String INPUT = "input";

  private final List<Bundle> bundles = new ArrayList<>();
  private int closed;

  /** A worker's bundle, which holds what it gets. */
  private static final class Bundle extends FakeBundle {
    final List<Object> elements = new ArrayList<>();
    int closings;
    RuntimeException failure;

    @Override
    public Map<String, FnDataReceiver> getInputReceivers() {
      return Map.of(
          INPUT,
          element -> {
            assertEquals(0, closings, "an element for a bundle that has ended");
            elements.add(((WindowedValue<?>) element).getValue());
          });
    }

    @Override
    public void close() {
      closings++;
      if (failure != null) {
        throw failure;
      }
    }
  }

  private BoundedBundles bounded() {
    FakeBundles ofWorker =
        new FakeBundles(
            worker -> {
              assertTrue(bundles.stream().allMatch(bundle -> bundle.closings == 1), "two bundles at once");
              bundles.add(new Bundle());
              return bundles.get(bundles.size() - 1);
            });
    return new BoundedBundles(ofWorker, MAX_BYTES, () -> closed++);
  }

  private RemoteBundle open() throws Exception {
    return bounded().getBundle(null, null, null, null, null, null);
  }

  private static void send(RemoteBundle bundle, Object... values) throws Exception {
    FnDataReceiver input = Objects.requireNonNull(bundle.getInputReceivers().get(INPUT));
    for (Object value : values) {
      input.accept(WindowedValue.valueInGlobalWindow(value));
    }
  }

  private static byte[][] values(int count, int bytes) {
    byte[][] values = new byte[count][];
    Arrays.setAll(values, index -> new byte[bytes]);
    return values;
  }

  @Test
  void tenThousandLargeElementsAreNeverInMemoryTogether() throws Exception {
    RemoteBundle bundle = open();
    byte[] large = new byte[4_000];
    for (int sent = 0; sent < 10_000; sent++) {
      send(bundle, (Object) large);
    }
    bundle.close();
    assertTrue(bundles.stream().allMatch(each -> each.elements.size() <= 3 && each.closings == 1));
    assertEquals(10_000, bundles.stream().mapToInt(each -> each.elements.size()).sum());
  }

  @Test
  void smallElementsStayInOneBundle() throws Exception {
    RemoteBundle bundle = open();
    send(bundle, (Object[]) values(100, 50));
    bundle.close();
    assertEquals(1, bundles.size());
    assertEquals(100, bundles.get(0).elements.size());
  }

  @Test
  void bytesInKeysGroupsAndTextsCount() throws Exception {
    RemoteBundle bundle = open();
    List<byte[]> group = Arrays.asList(values(3, 3_000));
    send(bundle, KV.of(new byte[1_000], group), new byte[0], KV.of("x".repeat(MAX_BYTES), 1L), new byte[0]);
    bundle.close();
    assertEquals(List.of(1, 2, 1), sizes());
  }

  @Test
  void anEmptyBundleEnds() throws Exception {
    open().close();
    assertEquals(List.of(0), sizes());
    assertEquals(1, bundles.get(0).closings);
  }

  @Test
  void aBundleThatFailedToEndIsNotEndedAgain() throws Exception {
    RemoteBundle bundle = open();
    send(bundle, new byte[MAX_BYTES]);
    bundles.get(0).failure = new IllegalStateException("a worker's error");
    assertThrows(IllegalStateException.class, () -> send(bundle, new byte[1]));
    bundle.close();
    assertEquals(1, bundles.get(0).closings);
    assertEquals(1, bundles.size());
  }

  @Test
  void whoeverCountsItsUsersIsToldOfItsEnd() throws Exception {
    bounded().close();
    assertEquals(1, closed);
  }

  private List<Integer> sizes() {
    List<Integer> sizes = new ArrayList<>();
    bundles.forEach(bundle -> sizes.add(bundle.elements.size()));
    return sizes;
  }
}
