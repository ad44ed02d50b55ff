import type { ComponentChildren } from "preact";
import { follow } from "./router";

interface CardHeadProps {
  /** The session that the title leads to; undefined while there is none. */
  readonly id: string | undefined;
  readonly title: string;
  /** Facts beside the title. */
  readonly children: ComponentChildren;
}

export function CardHead({ id, title, children }: CardHeadProps) {
  return (
    <header>
      <h2>
        {id === undefined ? (
          <bdi>{title}</bdi>
        ) : (
          <a href={`/session/${encodeURIComponent(id)}`} onClick={follow} data-hit={id}>
            <bdi>{title}</bdi>
          </a>
        )}
      </h2>
      <p class="facts">{children}</p>
    </header>
  );
}
