import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * Unpacks the worker of a jar in many tasks at once, each with a class loader of its own, as jobs on Flink have: {@code
 * Unpack <jar> <tasks>}. Prints for each the worker's command, or why there is none; with a third argument also how
 * many bytes this process read while it did the same again.
 */
public final class Unpack {
  public static void main(String[] arguments) throws Exception {
    URL jar = new File(arguments[0]).toURI().toURL();
    int tasks = Integer.parseInt(arguments[1]);
    CountDownLatch start = new CountDownLatch(1);
    Thread[] threads = new Thread[tasks];
    for (int task = 0; task < tasks; task++) {
      ClassLoader loader = new URLClassLoader(new URL[] {jar}, ClassLoader.getPlatformClassLoader());
      Class<?> folder = loader.loadClass("beamstreaming.WorkerFolder");
      threads[task] =
          new Thread(
              () -> {
                try {
                  start.await();
                  Object unpacked = folder.getMethod("unpack").invoke(null);
                  say(folder.getMethod("command").invoke(unpacked).toString());
                  if (arguments.length > 2) {
                    long before = bytesRead();
                    folder.getMethod("unpack").invoke(null);
                    say(String.valueOf(bytesRead() - before));
                  }
                } catch (InvocationTargetException e) {
                  say(e.getCause().getMessage());
                } catch (ReflectiveOperationException | InterruptedException | IOException e) {
                  say(e.toString());
                }
              });
      threads[task].start();
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static long bytesRead() throws IOException {
    String read = Files.readAllLines(Path.of("/proc/self/io")).get(0);
    return Long.parseLong(read.substring("rchar: ".length()));
  }

  private static synchronized void say(String line) {
    System.out.println(line);
  }
}
