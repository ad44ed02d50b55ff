import { useEffect } from "preact/hooks";

interface Props {
  readonly path: string;
  /** The address's query. */
  readonly search: string;
}

/** What could not be processed. */
export function DeadLetters(_props: Props) {
  useEffect(() => {
    document.title = "Dead letters · Chat sessions";
  }, []);
  return (
    <main id="content" class="wide-view">
      <h1>Dead letters</h1>
      <p>
        <code>npm run dead-letters -- list</code> shows what could not be processed.
      </p>
    </main>
  );
}
