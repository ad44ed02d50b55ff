import { render } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";
import { api } from "./api";
import { Explore } from "./explore";
import { Help } from "./help";
import { useKeys } from "./keys";
import { lazy } from "./lazy";
import { Nav } from "./nav";
import { follow, idIn, useAddress } from "./router";
import { Session } from "./session";
import { useLoaded } from "./use-loaded";
import { viewOf } from "./views";
import "./style/page.css";

const Live = lazy(async () => (await import("./live/live")).Live);
const DeadLetters = lazy(async () => (await import("./dead-letters/dead-letters")).DeadLetters);
const Overview = lazy(async () => (await import("./overview/overview")).Overview);

function Page() {
  const { path, search } = useAddress();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const lastOpened = useRef<string | undefined>(undefined);
  const status = useLoaded("status", (signal) => api.status(signal));
  const session = idIn(path, "/session/");
  const openHelp = useCallback(() => setHelpOpen(true), []);
  useKeys(
    session !== undefined ? "/" : idIn(path, "/dead-letters/") !== undefined ? "/dead-letters" : undefined,
    openHelp,
  );
  if (session !== undefined) lastOpened.current = session;
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/" onClick={follow}>
          <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <path d="M3 4h14v9H9l-4 3.5V13H3z" class="brand-back" />
            <path d="M9 9h12v8h-2v3l-3.6-3H9z" class="brand-front" />
          </svg>
          Chat sessions
        </a>
        <Nav path={path} />
        <span class="index-name">{status.value?.index}</span>
        {status.value?.lexical === true && (
          <span class="stand-in" title="Rules of this machine make the summaries and vectors. On AWS, models do.">
            No real models
          </span>
        )}
        <button type="button" class="quiet help-button" onClick={openHelp}>
          Keys <kbd aria-hidden="true">?</kbd>
        </button>
      </header>
      {session === undefined ? (
        <View path={path} search={search} lastOpened={lastOpened.current} />
      ) : (
        <Session key={session} id={session} />
      )}
      <Help isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </>
  );
}

interface ViewProps {
  readonly path: string;
  readonly search: string;
  readonly lastOpened: string | undefined;
}

function View({ path, search, lastOpened }: ViewProps) {
  switch (viewOf(path)) {
    case "/live":
      return <Live search={search} lastOpened={lastOpened} />;
    case "/dead-letters":
      return <DeadLetters path={path} search={search} />;
    case "/overview":
      return <Overview search={search} />;
    case "/":
      return <Explore search={search} lastOpened={lastOpened} />;
  }
}

render(<Page />, document.getElementById("page")!);
