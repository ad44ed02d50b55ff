import { useEffect } from "preact/hooks";

interface Props {
  /** The address's query. */
  readonly search: string;
}

/** Sessions over days and weeks. */
export function Overview({ search: _search }: Props) {
  useEffect(() => {
    document.title = "Overview · Chat sessions";
  }, []);
  return (
    <main id="content" class="wide-view">
      <h1>Overview</h1>
      <p>Explore counts sessions by label and over time.</p>
    </main>
  );
}
