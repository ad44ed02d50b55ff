package org.apache.beam.runners.fnexecution.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.model.pipeline.v1.RunnerApi.PTransform;
import org.apache.beam.sdk.util.construction.graph.ExecutableStage;
import org.apache.beam.sdk.util.construction.graph.PipelineNode;
import org.junit.jupiter.api.Test;

final class DefaultExecutableStageContextTest {
  private static final ExecutableStage READ = stage("read", "parse");
  private static final ExecutableStage WRITE = stage("write");

  /** The worker of each task, in the order in which tasks started. */
  private final List<Integer> taken = new ArrayList<>();

  private final Worker first = new Worker(1);
  private final Worker second = new Worker(2);

  private final class Worker implements JobBundleFactory {
    final int number;
    boolean isBroken;
    boolean isClosed;

    Worker(int number) {
      this.number = number;
    }

    @Override
    public StageBundleFactory forStage(ExecutableStage stage) {
      if (isBroken) {
        throw new IllegalStateException("a worker that cannot start");
      }
      taken.add(number);
      return fake(StageBundleFactory.class);
    }

    @Override
    public void close() {
      isClosed = true;
      if (isBroken) {
        throw new IllegalStateException("a worker that cannot end");
      }
    }
  }

  private static ExecutableStage stage(String... transforms) {
    List<PipelineNode.PTransformNode> nodes = new ArrayList<>();
    for (String id : transforms) {
      nodes.add(PipelineNode.pTransform(id, PTransform.getDefaultInstance()));
    }
    return fake(ExecutableStage.class, nodes);
  }

  private static <T> T fake(Class<T> type) {
    return fake(type, null);
  }

  /** All methods return the one thing. */
  private static <T> T fake(Class<T> type, Object returned) {
    return type.cast(
        Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> returned));
  }

  private DefaultExecutableStageContext ofTwo() {
    return new DefaultExecutableStageContext(List.of(first, second));
  }

  @Test
  void tasksOfAStageAreOnBothWorkersInWhateverOrderTasksStart() {
    DefaultExecutableStageContext context = ofTwo();
    for (ExecutableStage stage : List.of(READ, WRITE, READ, WRITE)) {
      context.getStageBundleFactory(stage);
    }
    assertEquals(List.of(1, 2, 2, 1), taken);
  }

  @Test
  void oddTasksOfStagesTakeTurns() {
    DefaultExecutableStageContext context = ofTwo();
    for (ExecutableStage stage : List.of(READ, WRITE, stage("third"), stage("fourth"))) {
      context.getStageBundleFactory(stage);
    }
    assertEquals(List.of(1, 2, 1, 2), taken);
  }

  @Test
  void aTaskThatHasEndedLeavesItsPlace() throws Exception {
    DefaultExecutableStageContext context = ofTwo();
    context.getStageBundleFactory(READ);
    context.getStageBundleFactory(READ).close();
    context.getStageBundleFactory(READ);
    assertEquals(List.of(1, 2, 2), taken);
  }

  @Test
  void aTaskThatCannotStartTakesNoPlace() {
    DefaultExecutableStageContext context = ofTwo();
    first.isBroken = true;
    assertThrows(IllegalStateException.class, () -> context.getStageBundleFactory(READ));
    first.isBroken = false;
    context.getStageBundleFactory(READ);
    assertEquals(List.of(1), taken);
  }

  @Test
  void allWorkersEndEvenIfOneCannot() {
    first.isBroken = true;
    assertThrows(IllegalStateException.class, () -> ofTwo().close());
    assertTrue(first.isClosed && second.isClosed);
  }
}
