import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Redrive, RedriveRequest } from "../../letters/contract";
import { counted, labelText, momentText } from "../format";
import type { RedriveState } from "./use-redrive";

/** The redrive that runs, or ran last. */
export function RedriveStatus({ redrive: { answer, isRunning, refusal } }: { readonly redrive: RedriveState }) {
  const last = answer?.last;
  return (
    <div class="redrive-status" role="status">
      {refusal !== undefined && <p class="notice">{refusal}</p>}
      {last !== undefined && (
        <section class={`panel redrive ${isRunning ? "on" : outcomeOf(last)}`} aria-label="Redrive">
          <p>
            <strong>{isRunning ? "A redrive is running" : "The last redrive has ended"}</strong>{" "}
            <span class="facts-text">
              {filterText(last.filter)}, since {momentText(last.startedAt)}
            </span>
          </p>
          <progress max={last.total} value={doneOf(last, isRunning)} aria-label="Letters that were redriven" />
          <p>{sumsText(last)}</p>
          {last.error !== undefined && <p class="notice failure">{last.error}</p>}
        </section>
      )}
    </div>
  );
}

/** The colour of an ended one. */
function outcomeOf({ succeeded, failedAgain, left, error }: Redrive): string {
  if (error === undefined && failedAgain + left === 0) return "succeeded";
  return succeeded > 0 ? "mixed" : "failed";
}

/** An ended one is done, also where letters went away by themselves meanwhile. */
function doneOf({ redriven, left, total, error }: Redrive, isRunning: boolean): number {
  return isRunning || error !== undefined ? Math.min(total, redriven + left) : total;
}

function filterText({ id, code, stage }: RedriveRequest): string {
  if (id !== undefined) return "one letter";
  const parts = [...(code === undefined ? [] : [code]), ...(stage === undefined ? [] : [`stage ${labelText(stage)}`])];
  return parts.length === 0 ? "all letters" : parts.join(", ");
}

function sumsText({ total, underWay, redriven, succeeded, failedAgain, left }: Redrive): string {
  const parts = [
    `${redriven} of ${counted(total, "letter")} redriven`,
    ...(redriven > 0 ? [`${succeeded} succeeded`, `${failedAgain} failed again and stay`] : []),
    ...(underWay > 0 ? [`${underWay} under way`] : []),
    ...(left > 0 ? [`${left} left, whose whole content cannot be read here`] : []),
  ];
  return `${parts.join("; ")}.`;
}

interface ButtonProps {
  readonly redrive: RedriveState;
  readonly filter: RedriveRequest;
  readonly count: number;
}

/** Asks once more, because models are paid for. */
export function RedriveButton({ redrive, filter, count }: ButtonProps) {
  const [isAsking, setAsking] = useState(false);
  const sure = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => sure.current?.focus(), [isAsking]);
  const { answer, isRunning, start } = redrive;
  const text = filter.id === undefined ? `Redrive ${counted(count, "letter")}` : "Redrive this letter";
  if (answer?.refusal !== undefined) return <p class="side-note">{answer.refusal}</p>;
  if (!isAsking) {
    return (
      <button type="button" disabled={isRunning || count === 0} onClick={() => setAsking(true)}>
        {text}
      </button>
    );
  }
  return (
    <span class="sure" role="group" aria-label={text}>
      <span>
        {filter.id === undefined ? "They go" : "It goes"} through the job again, where models may be asked and paid for.
      </span>
      <button
        type="button"
        class="primary"
        ref={sure}
        onClick={() => {
          setAsking(false);
          start(filter);
        }}
      >
        {text} now
      </button>
      <button type="button" class="quiet" onClick={() => setAsking(false)}>
        Cancel
      </button>
    </span>
  );
}
