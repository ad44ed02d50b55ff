import { useEffect, useRef } from "preact/hooks";
import { amendAddress, navigate } from "../router";
import { Empty, Failure, Skeleton } from "../states";
import { Figures } from "./figures";
import { Items, moreText } from "./items";
import { countHeld, type LiveItem } from "./live-feed";
import { addressOf, type Shown, SHOWN, type Watching, watchingOf } from "./live-state";
import { type Live as LiveNow, useLive } from "./use-live";
import { useReading } from "./use-reading";

interface Props {
  /** The address's query. */
  readonly search: string;
  /** The session that one comes back from. */
  readonly lastOpened: string | undefined;
}

/** New sessions and alerts as they come, and the stream's figures. */
export function Live({ search, lastOpened }: Props) {
  const state = watchingOf(search);
  const list = useRef<HTMLElement>(null);
  const isReading = useReading(list);
  const isPaused = state.paused || isReading;
  const live = useLive(isPaused);
  const { feed, connection } = live;
  const toggle = (): void => amendAddress(addressOf({ ...state, paused: !state.paused }));
  usePauseKey(toggle);

  useEffect(() => {
    document.title = "Live · Chat sessions";
    if (lastOpened === undefined) return;
    const links = list.current?.querySelectorAll<HTMLElement>("[data-hit]") ?? [];
    [...links].find((link) => link.dataset["hit"] === lastOpened)?.focus();
  }, []);

  const goOn = (): void => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo({ top: 0 });
    if (state.paused) toggle();
  };
  const items = feed.items.filter((item) => isShown(item, state.show));
  return (
    <main class="wide-view live" id="content">
      <div class="live-head">
        <h1>Live</h1>
        <StateText live={live} isPaused={isPaused} />
        <ShownChoice state={state} />
        <button type="button" aria-pressed={state.paused} onClick={toggle}>
          {state.paused ? "Go on" : "Pause"} <kbd aria-hidden="true">p</kbd>
        </button>
      </div>
      {typeof connection === "object" && (
        <Failure error={connection} onRetry={() => location.reload()} hasOlder={feed.items.length > 0} />
      )}
      {typeof connection !== "object" && feed.refusal !== null && (
        <p class="notice" role="alert">
          {feed.refusal.message} New sessions are looked for again by themselves; the job's own figures go on.
        </p>
      )}
      <div class="live-columns">
        <Figures figures={feed.figures} />
        <section class="live-feed" ref={list} aria-label="Sessions and alerts">
          {feed.held.length > 0 && (
            <button type="button" class="primary live-held" onClick={goOn}>
              {moreText(countHeld(feed))} new: show
            </button>
          )}
          {items.length > 0 ? (
            <Items items={items} />
          ) : feed.isKnown ? (
            <Nothing show={state.show} />
          ) : (
            typeof connection !== "object" && <Skeleton rows={4} />
          )}
        </section>
      </div>
    </main>
  );
}

function isShown({ kind }: LiveItem, show: Shown): boolean {
  return show === "all" || kind === (show === "sessions" ? "session" : "alert");
}

function StateText({ live: { connection }, isPaused }: { readonly live: LiveNow; readonly isPaused: boolean }) {
  const [name, text] =
    typeof connection === "object"
      ? (["away", "Not connected"] as const)
      : connection === "connecting"
        ? (["waiting", "Connecting …"] as const)
        : isPaused
          ? (["paused", "Paused"] as const)
          : (["on", "Live"] as const);
  return (
    <p class={`live-state ${name}`} role="status">
      {text}
    </p>
  );
}

const NAMES: Readonly<Record<Shown, string>> = { all: "All", sessions: "Sessions", alerts: "Alerts" };

function ShownChoice({ state }: { readonly state: Watching }) {
  return (
    <fieldset class="segments">
      <legend class="unseen">What is shown</legend>
      {SHOWN.map((show) => (
        <label key={show}>
          <input
            type="radio"
            name="show"
            checked={state.show === show}
            onChange={() => navigate(addressOf({ ...state, show }))}
          />
          <span>{NAMES[show]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Nothing({ show }: { readonly show: Shown }) {
  return show === "alerts" ? (
    <Empty title="No alerts yet">
      <p>An alert appears here when a rule finds something in a message or in a session's summary.</p>
    </Empty>
  ) : (
    <Empty title="Nothing yet">
      <p>A session appears here when it has ended, after some minutes of silence, and was summarised.</p>
    </Empty>
  );
}

function usePauseKey(toggle: () => void): void {
  const newest = useRef(toggle);
  newest.current = toggle;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (document.querySelector("dialog[open]") !== null) return;
      if (event.target instanceof Element && event.target.closest("input[type=text], input[type=search], textarea"))
        return;
      event.preventDefault();
      newest.current();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
