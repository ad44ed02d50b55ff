package beamstreaming;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** Calls a method that is not public, of an object that is known only through an instance of its inner class. */
final class EnclosingMethod {
  private final Object owner;
  private final Method method;

  private EnclosingMethod(Object owner, Method method) {
    this.owner = owner;
    this.method = method;
  }

  /** Throws IllegalStateException for an instance of another class; {@code does} tells what Beam does with it. */
  static EnclosingMethod of(Object inner, String name, String does) {
    try {
      for (Field field : inner.getClass().getDeclaredFields()) {
        // The compiler's own field for the object around it.
        if (field.isSynthetic()) {
          field.setAccessible(true);
          Object owner = field.get(inner);
          Method method = owner.getClass().getDeclaredMethod(name);
          method.setAccessible(true);
          return new EnclosingMethod(owner, method);
        }
      }
    } catch (ReflectiveOperationException e) {
      throw otherVersion(does, e);
    }
    throw otherVersion(does, null);
  }

  static IllegalStateException otherVersion(String does, ReflectiveOperationException cause) {
    return new IllegalStateException("This version of Beam " + does + " in another way.", cause);
  }

  void call() {
    try {
      method.invoke(owner);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof RuntimeException
          ? (RuntimeException) e.getCause()
          : new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
