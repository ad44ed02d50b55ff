import type { OverviewAnswer } from "../../overview/contract";
import type { Exploration } from "../explore-state";
import { dayText, waitText, momentText, numberText } from "../format";
import { follow } from "../router";
import { exploreAddressOf } from "./overview-state";

interface Props {
  readonly state: Exploration;
  readonly answer: OverviewAnswer;
}

/** The bars as a table, whose links open the sessions of a time. */
export function Periods({ state, answer: { periods, interval } }: Props) {
  const filled = periods.filter(({ count }) => count > 0);
  return (
    <details class="overview-table">
      <summary>As a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Sessions</th>
            <th scope="col">Half of first responses within</th>
          </tr>
        </thead>
        <tbody>
          {filled.map(({ start, end, count, firstResponse }) => (
            <tr key={start}>
              <th scope="row">
                <a href={exploreAddressOf(state, { from: start, to: end })} onClick={follow}>
                  {interval === "hour" ? momentText(start) : dayText(start)}
                </a>
              </th>
              <td>{numberText(count)}</td>
              <td>{firstResponse === null ? "–" : waitText(firstResponse.medianMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
