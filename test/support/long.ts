/** True in the soak run, where outages last as long as promised; `npm test` has the same ones, shorter. */
export const SOAK = process.env["SOAK"] === "1";

export const OUTAGE_MS = SOAK ? 60_000 : 10_000;
