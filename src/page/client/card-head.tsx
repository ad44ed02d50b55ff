import type { ComponentChildren } from "preact";
import { follow } from "./router";

interface CardHeadProps {
  /** What the title leads to: a session, or the view at this address; by this id one comes back to it. */
  readonly id: string;
  readonly href?: string;
  readonly title: string;
  /** Facts beside the title. */
  readonly children: ComponentChildren;
}

export function CardHead({ id, href = `/session/${encodeURIComponent(id)}`, title, children }: CardHeadProps) {
  return (
    <header>
      <h2>
        <a href={href} onClick={follow} data-hit={id}>
          <bdi>{title}</bdi>
        </a>
      </h2>
      <p class="facts">{children}</p>
    </header>
  );
}
