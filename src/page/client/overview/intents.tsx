import type { OverviewAnswer } from "../../overview/contract";
import type { Exploration } from "../explore-state";
import { waitText, labelText, numberText } from "../format";
import { follow } from "../router";
import { exploreValueOf } from "./overview-state";

interface Props {
  readonly state: Exploration;
  readonly answer: OverviewAnswer;
}

/** In this order where a session has them; others follow. */
const SENTIMENTS = ["positive", "neutral", "mixed", "negative"];

/** Intents by sentiment: a cell is the darker the more of its intent's sessions it has. */
export function Intents({ state, answer: { intents } }: Props) {
  const found = new Set(intents.flatMap(({ sentiments }) => sentiments.map(({ value }) => value)));
  const columns = [
    ...SENTIMENTS.filter((each) => found.has(each)),
    ...[...found].filter((each) => !SENTIMENTS.includes(each)),
  ];
  return (
    <section class="panel overview-wide" aria-labelledby="intents-title">
      <h2 id="intents-title">Intent and sentiment</h2>
      <div class="overview-scroll">
        <table class="heat">
          <thead>
            <tr>
              <th scope="col">Intent</th>
              <th scope="col">Sessions</th>
              {columns.map((sentiment) => (
                <th scope="col" key={sentiment}>
                  <bdi>{labelText(sentiment)}</bdi>
                </th>
              ))}
              <th scope="col">Half of first responses within</th>
            </tr>
          </thead>
          <tbody>
            {intents.map(({ value, count, sentiments, firstResponse }) => (
              <tr key={value}>
                <th scope="row">
                  <a href={exploreValueOf(state, { intent: [value] })} onClick={follow}>
                    <bdi>{labelText(value)}</bdi>
                  </a>
                </th>
                <td>{numberText(count)}</td>
                {columns.map((sentiment) => {
                  const number = sentiments.find((each) => each.value === sentiment)?.count ?? 0;
                  return (
                    <td
                      key={sentiment}
                      class={`heat-cell ${SENTIMENTS.includes(sentiment) ? sentiment : "neutral"}`}
                      style={{ "--share": String(number / count) }}
                    >
                      {number === 0 ? (
                        <span class="heat-none">–</span>
                      ) : (
                        <a
                          href={exploreValueOf(state, { intent: [value], sentiment: [sentiment] })}
                          onClick={follow}
                          aria-label={`${numberText(number)}, ${labelText(value)}, ${labelText(sentiment)}`}
                        >
                          {numberText(number)}
                        </a>
                      )}
                    </td>
                  );
                })}
                <td>{firstResponse === null ? "–" : waitText(firstResponse.medianMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
