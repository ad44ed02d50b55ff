import { useEffect } from "preact/hooks";

/** New sessions and alerts as they come, and the stream's figures. */
export function Live() {
  useEffect(() => {
    document.title = "Live · Chat sessions";
  }, []);
  return (
    <main id="content" class="wide-view">
      <h1>Live</h1>
      <p>
        <code>npm run search</code> and Explore show the newest sessions.
      </p>
    </main>
  );
}
