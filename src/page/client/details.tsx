interface Props {
  /** Names and values, in their order. */
  readonly rows: readonly (readonly [name: string, value: string])[];
}

/** Facts about what a view shows. */
export function Details({ rows }: Props) {
  return (
    <section class="panel">
      <h2>Details</h2>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
