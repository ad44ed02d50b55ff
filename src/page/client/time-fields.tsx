import type { Exploration } from "./explore-state";

interface Props {
  readonly state: Exploration;
  readonly onChange: (next: Exploration) => void;
}

/** The chosen time by keyboard. */
export function TimeFields({ state, onChange }: Props) {
  return (
    <fieldset class="facet time-fields">
      <legend>Time and user</legend>
      <label>
        From
        <input
          type="datetime-local"
          class={state.from === undefined ? "blank" : undefined}
          value={fieldOf(state.from)}
          onChange={(event) => onChange({ ...state, page: 1, from: isoOf(event.currentTarget.value) })}
        />
      </label>
      <label>
        To
        <input
          type="datetime-local"
          class={state.to === undefined ? "blank" : undefined}
          value={fieldOf(state.to)}
          onChange={(event) => onChange({ ...state, page: 1, to: isoOf(event.currentTarget.value) })}
        />
      </label>
      <label>
        User
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={state.user ?? ""}
          onChange={(event) => {
            const user = event.currentTarget.value.trim();
            onChange({ ...state, page: 1, user: user === "" ? undefined : user });
          }}
        />
      </label>
    </fieldset>
  );
}

/** The field's form: local time without its zone. */
function fieldOf(iso: string | undefined): string {
  if (iso === undefined) return "";
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function isoOf(field: string): string | undefined {
  const time = new Date(field);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
