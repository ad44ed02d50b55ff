import { useEffect } from "preact/hooks";
import type { LetterLine, LettersAnswer } from "../../letters/contract";
import { api } from "../api";
import { bytesText, counted, labelText, momentText, numberText, raised } from "../format";
import { follow, navigate } from "../router";
import { Empty, Failure, Skeleton } from "../states";
import { useLoaded } from "../use-loaded";
import { OptionText } from "./option-text";
import { RedriveButton, RedriveStatus } from "./redrive";
import type { RedriveState } from "./use-redrive";

type Group = LettersAnswer["groups"][number];

interface Props {
  readonly search: string;
  readonly redrive: RedriveState;
}

/** Letters by code and stage, and a list of those that are chosen. */
export function LetterList({ search, redrive }: Props) {
  const given = new URLSearchParams(search);
  const chosen = { ...oneOf(given, "code"), ...oneOf(given, "stage") };
  const after = oneOf(given, "after");
  const query = new URLSearchParams({ ...chosen, ...after }).toString();
  const loaded = useLoaded(`letters ${query}`, (signal) => api.letters(query, signal));
  useEffect(() => {
    if (redrive.ended > 0) loaded.reload();
  }, [redrive.ended]);
  const { value, error } = loaded;
  const isChosen = Object.keys(chosen).length > 0;
  return (
    <main id="content" class="wide-view letters" aria-busy={loaded.isLoading}>
      <h1>Dead letters</h1>
      <RedriveStatus redrive={redrive} />
      {error !== undefined && <Failure error={error} onRetry={loaded.reload} hasOlder={value !== undefined} />}
      {value === undefined ? (
        error === undefined && <Skeleton rows={5} />
      ) : value.groups.length === 0 ? (
        <Empty title="No dead letters">
          <p>Everything that was read could be processed.</p>
        </Empty>
      ) : (
        <div class={loaded.isStale ? "letters-columns stale" : "letters-columns"}>
          <Groups groups={value.groups} code={chosen.code} stage={chosen.stage} />
          <section aria-labelledby="list-title">
            <div class="letters-head">
              <h2 id="list-title">
                {counted(value.total, "letter")}
                {value.total > 1 && ", the newest first"}
                {isChosen && (
                  <button type="button" class="quiet" onClick={() => navigate("/dead-letters")}>
                    Show all
                  </button>
                )}
              </h2>
              <RedriveButton key={query} redrive={redrive} filter={chosen} count={value.total} />
            </div>
            <ol class="letter-lines">
              {value.letters.map((letter) => (
                <Line key={letter.id} letter={letter} />
              ))}
            </ol>
            <Pages chosen={chosen} isFirst={after.after === undefined} next={value.next} />
          </section>
        </div>
      )}
    </main>
  );
}

function oneOf<K extends string>(given: URLSearchParams, name: K): { readonly [N in K]?: string } {
  const value = given.get(name);
  return value === null || value === "" ? {} : ({ [name]: value } as { readonly [N in K]?: string });
}

interface GroupsProps {
  readonly groups: readonly Group[];
  readonly code: string | undefined;
  readonly stage: string | undefined;
}

function Groups({ groups, code, stage }: GroupsProps) {
  return (
    <nav class="letter-groups" aria-label="Reasons">
      <ul>
        {groups.map((group) => {
          const isCurrent = group.code === code && (stage === undefined || group.stage === stage);
          const query = new URLSearchParams({ code: group.code, stage: group.stage }).toString();
          return (
            <li key={query}>
              <a href={`/dead-letters?${query}`} onClick={follow} aria-current={isCurrent ? "true" : undefined}>
                <span class="group-head">
                  <bdi class="code">{group.code}</bdi>
                  <span class="group-stage">{labelText(group.stage)}</span>
                  <span class="group-count">{numberText(group.count)}</span>
                </span>
                <span class="group-meaning">{sentence(group.meaning)}</span>
              </a>
              {isCurrent && (
                <p class="mend">
                  <OptionText text={group.mend} />
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function sentence(text: string): string {
  return `${raised(text)}.`;
}

function Line({ letter }: { readonly letter: LetterLine }) {
  const { id, code, stage, reason, time, messageCount, payloadBytes, attempts, state, isTruncated } = letter;
  return (
    <li class="letter-line">
      <a href={`/dead-letters/${encodeURIComponent(id)}`} onClick={follow} data-hit={id} dir="auto">
        <OptionText text={raised(reason)} />
      </a>
      <p class="facts">
        <bdi class="code">{code}</bdi>
        <span>{labelText(stage)}</span>
        <time dateTime={time}>{momentText(time)}</time>
        <span>{counted(messageCount, "message")}</span>
        <span>{bytesText(payloadBytes)}</span>
        {attempts > 1 && <span>{counted(attempts, "attempt")}</span>}
        {state !== "open" && <span class="chip sensitive">{labelText(state)}</span>}
        {isTruncated && <span class="chip">Beginning only</span>}
      </p>
    </li>
  );
}

interface PagesProps {
  readonly chosen: Readonly<Record<string, string>>;
  readonly isFirst: boolean;
  readonly next: string | undefined;
}

function Pages({ chosen, isFirst, next }: PagesProps) {
  if (isFirst && next === undefined) return null;
  const go = (after: object): void => {
    const query = new URLSearchParams({ ...chosen, ...after }).toString();
    navigate(query === "" ? "/dead-letters" : `/dead-letters?${query}`);
    scrollTo({ top: 0 });
  };
  return (
    <nav class="pages" aria-label="Pages">
      <button type="button" disabled={isFirst} onClick={() => go({})}>
        ← Newest
      </button>
      <button type="button" disabled={next === undefined} onClick={() => go({ after: next })}>
        Older →
      </button>
    </nav>
  );
}
