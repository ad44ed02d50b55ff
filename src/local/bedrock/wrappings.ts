/** Forms in which Claude gives a complete answer otherwise than asked, by name. */
type Description = Readonly<Record<string, unknown>>;

/** Forms of an answer other than one tool call. */
export interface Wrapped {
  readonly text: string;
  /** Inputs of calls of the tool, in order. */
  readonly inputs: readonly unknown[];
}

const call = (...inputs: readonly unknown[]): Wrapped => ({ text: "", inputs });

export const WRAPPINGS = {
  parameterName: (own: Description) => call({ $PARAMETER_NAME: own }),
  parameterText: (own: Description) => call({ $PARAMETER_NAME: JSON.stringify(own) }),
  toolName: (own: Description) => call({ describe_session: own }),
  schemaForm: (own: Description) => call({ type: "object", properties: own }),
  inputText: (own: Description) => call(JSON.stringify(own)),
  arraysAsText: (own: Description) =>
    call(mapped(own, (value) => (Array.isArray(value) ? JSON.stringify(value) : value))),
  otherCase: (own: Description) =>
    call({ ...own, sentiment: ` ${capital(String(own["sentiment"]))}`, sensitive: capital(String(own["sensitive"])) }),
  emptyCallFirst: (own: Description) => call({}, own),
  halfCallFirst: (own: Description) => call({ summary: own["summary"] }, own),
  callThenEmpty: (own: Description) => call(own, {}),
  textAlone: (own: Description) => ({ text: `Here it is:\n${JSON.stringify(own)}`, inputs: [] }),
  textAroundCall: (own: Description) => ({ text: `I note {this}: ${JSON.stringify(own)}`, inputs: [{}] }),
  callAsText: (own: Description) => ({
    text: JSON.stringify({ type: "tool_use", name: "describe_session", input: own }),
    inputs: [],
  }),
} as const satisfies Readonly<Record<string, (own: Description) => Wrapped>>;

export type WrappingName = keyof typeof WRAPPINGS;

export const WRAPPING_NAMES = Object.keys(WRAPPINGS) as [WrappingName, ...WrappingName[]];

function mapped(own: Description, change: (value: unknown) => unknown): Description {
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, change(value)]));
}

function capital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
