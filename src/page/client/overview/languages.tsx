import type { OverviewAnswer } from "../../overview/contract";
import type { Exploration } from "../explore-state";
import { languageText, numberText } from "../format";
import { follow } from "../router";
import { exploreValueOf } from "./overview-state";

interface Props {
  readonly state: Exploration;
  readonly answer: OverviewAnswer;
}

export function Languages({ state, answer: { languages } }: Props) {
  const most = Math.max(1, ...languages.map(({ count }) => count));
  return (
    <section class="panel" aria-labelledby="languages-title">
      <h2 id="languages-title">Languages</h2>
      <ol class="overview-rows">
        {languages.map(({ value, count }) => (
          <li key={value}>
            <a href={exploreValueOf(state, { language: [value] })} onClick={follow}>
              <bdi>{languageText(value)}</bdi>
            </a>
            <span class="row-bar" aria-hidden="true" style={{ "--share": String(count / most) }} />
            <span class="row-count">{numberText(count)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
