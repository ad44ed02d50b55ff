/** Ends the warning about each service that did not answer when the job was built; deploy looks for it in the log. */
export const WAITS_FOR_IT = "The job starts all the same, and waits for it.";
