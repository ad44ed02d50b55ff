import type { SessionAnswer } from "../contract";
import { dayText, durationText, labelText, secondText } from "./format";
import { PieceText } from "./pieces";

type Message = SessionAnswer["messages"][number];

/** A silence that is worth a line. */
const GAP_MS = 60_000;
/** Messages of one author within this time stand together. */
const TOGETHER_MS = 120_000;

/** The chat: customers on one side, everybody else on the other. */
export function Bubbles({ messages }: { readonly messages: readonly Message[] }) {
  return (
    <ol class="bubbles" aria-label="Messages">
      {messages.map((message, place) => {
        const before = messages[place - 1];
        const gapMs = before === undefined ? 0 : Date.parse(message.timestamp) - Date.parse(before.timestamp);
        const goesOn = before !== undefined && before.author === message.author && gapMs < TOGETHER_MS;
        return (
          <Bubble key={place} message={message} gapMs={gapMs} goesOn={goesOn} isNewDay={isNewDay(before, message)} />
        );
      })}
    </ol>
  );
}

interface Props {
  readonly message: Message;
  readonly gapMs: number;
  readonly goesOn: boolean;
  readonly isNewDay: boolean;
}

function Bubble({ message, gapMs, goesOn, isNewDay: isNew }: Props) {
  const { author, role, timestamp, edit, text } = message;
  const side = role === "customer" ? "customer" : role === "bot" ? "bot" : "other";
  return (
    <li class={`bubble-row ${side}${goesOn ? " goes-on" : ""}`} tabIndex={-1} data-message>
      {isNew && <p class="divider">{dayText(timestamp)}</p>}
      {!isNew && gapMs >= GAP_MS && <p class="divider">{durationText(gapMs)} later</p>}
      {!goesOn && (
        <p class="who">
          <bdi>{author}</bdi> <span>{labelText(role)}</span>
        </p>
      )}
      <div class="bubble">
        <p dir="auto">
          <PieceText pieces={text} />
        </p>
        <p class="bubble-time">
          <time dateTime={timestamp}>{secondText(timestamp)}</time>
          {edit && " · edit"}
        </p>
      </div>
    </li>
  );
}

function isNewDay(before: Message | undefined, message: Message): boolean {
  return before === undefined || dayText(before.timestamp) !== dayText(message.timestamp);
}
