package org.apache.beam.runners.flink.translation.types;

import java.io.EOFException;
import java.io.IOException;
import java.util.Objects;
import org.apache.beam.runners.core.construction.SerializablePipelineOptions;
import org.apache.beam.runners.flink.translation.wrappers.DataInputViewWrapper;
import org.apache.beam.runners.flink.translation.wrappers.DataOutputViewWrapper;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.CoderException;
import org.apache.beam.sdk.util.CoderUtils;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Stands in for Beam's serializer of the same name, which it precedes on the class path: a coder as Flink has it.
 *
 * <p>1. What goes from one operator of a task to the next is never changed by either, so it is handed on as it is; Beam
 * would encode and decode it.
 *
 * <p>2. State is copied: on the heap it is written to a checkpoint while the job goes on, and Beam changes some of it in
 * place. Beam's option {@code fasterCopy} takes these copies away, too, and loses messages of open windows when such a
 * checkpoint is restored; here it changes nothing.
 *
 * <p>3. Its name, its version number and its first two fields are those of Beam's own, so each reads what the other has
 * written. Not a repair that a version of Beam makes superfluous.
 */
public class CoderTypeSerializer<T> extends TypeSerializer<T> {
  private static final long serialVersionUID = 7247319138941746449L;

  private final Coder<T> coder;
  /** Not needed here, but where it is read the file systems are made known to Beam. */
  private final SerializablePipelineOptions pipelineOptions;

  public CoderTypeSerializer(Coder<T> coder, SerializablePipelineOptions pipelineOptions) {
    this.coder = Objects.requireNonNull(coder);
    this.pipelineOptions = Objects.requireNonNull(pipelineOptions);
  }

  @Override
  public T copy(T value) {
    if (coder instanceof WindowedValue.WindowedValueCoder) {
      return value;
    }
    try {
      return CoderUtils.clone(coder, value);
    } catch (CoderException e) {
      throw new IllegalStateException("A value of state could not be copied.", e);
    }
  }

  @Override
  public T copy(T value, T reuse) {
    return copy(value);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public void serialize(T value, DataOutputView target) throws IOException {
    coder.encode(value, new DataOutputViewWrapper(target));
  }

  @Override
  public T deserialize(DataInputView source) throws IOException {
    try {
      return coder.decode(new DataInputViewWrapper(source));
    } catch (CoderException e) {
      // Flink takes this one for the end of its input.
      throw e.getCause() instanceof EOFException ? (EOFException) e.getCause() : e;
    }
  }

  @Override
  public T deserialize(T reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public TypeSerializer<T> duplicate() {
    return new CoderTypeSerializer<>(coder, pipelineOptions);
  }

  @Override
  public TypeSerializerSnapshot<T> snapshotConfiguration() {
    return new UnversionedTypeSerializerSnapshot<>(this);
  }

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public T createInstance() {
    return null;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CoderTypeSerializer && coder.equals(((CoderTypeSerializer<?>) other).coder);
  }

  @Override
  public int hashCode() {
    return coder.hashCode();
  }

  @Override
  public String toString() {
    return "CoderTypeSerializer{" + coder + "}";
  }
}
