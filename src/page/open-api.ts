/** The OpenAPI document of the page's API, from the schemas that check its requests. Pure. */
import { z } from "zod";
import {
  FACETS_ANSWER,
  FACETS_REQUEST,
  REFUSAL,
  SEARCH_ANSWER,
  SEARCH_REQUEST,
  SESSION_ANSWER,
  STATUS_ANSWER,
} from "./contract";
import { LETTER_ANSWER, LETTERS_ANSWER, LETTERS_REQUEST, REDRIVE_ANSWER, REDRIVE_REQUEST } from "./letters/contract";
import { LIVE_EVENT, LIVE_REQUEST } from "./live/contract";
import { OVERVIEW_ANSWER, OVERVIEW_REQUEST } from "./overview/contract";

interface Operation {
  readonly method: "get" | "post";
  readonly path: string;
  readonly says: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answer: z.ZodType;
  /** 200 where it is not said. */
  readonly status?: string;
  /** True for a stream of server-sent events, each as `answer` describes it. */
  readonly isStream?: true;
}

const OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/search",
    says: "Sessions that answer a question, best first; the newest without one",
    query: SEARCH_REQUEST,
    answer: SEARCH_ANSWER,
  },
  {
    method: "get",
    path: "/api/facets",
    says: "Counts of the sessions that a search finds",
    query: FACETS_REQUEST,
    answer: FACETS_ANSWER,
  },
  {
    method: "get",
    path: "/api/sessions/{id}",
    says: "One session with all its parts, its neighbours and sessions like it; sensitive values are masked",
    answer: SESSION_ANSWER,
  },
  {
    method: "post",
    path: "/api/sessions/{id}/reveal",
    says: "The same with nothing masked; the server logs that it was asked for",
    answer: SESSION_ANSWER,
  },
  {
    method: "get",
    path: "/api/dead-letters",
    says: "Dead letters, the newest first, and how many there are of each kind",
    query: LETTERS_REQUEST,
    answer: LETTERS_ANSWER,
  },
  {
    method: "get",
    path: "/api/dead-letters/{id}",
    says: "One dead letter with its content; sensitive values are masked",
    answer: LETTER_ANSWER,
  },
  {
    method: "post",
    path: "/api/dead-letters/{id}/reveal",
    says: "The same with nothing masked; the server logs that it was asked for",
    answer: LETTER_ANSWER,
  },
  {
    method: "get",
    path: "/api/redrive",
    says: "The redrive that runs, or ran last",
    answer: REDRIVE_ANSWER,
  },
  {
    method: "post",
    path: "/api/redrive",
    says: "Begins to run dead letters through the job again; refused while another one runs",
    body: REDRIVE_REQUEST,
    answer: REDRIVE_ANSWER,
    status: "202",
  },
  {
    method: "get",
    path: "/api/live",
    says: "New sessions and alerts, and the stream's figures, as server-sent events until the server ends",
    query: LIVE_REQUEST,
    answer: LIVE_EVENT,
    isStream: true,
  },
  {
    method: "get",
    path: "/api/overview",
    says: "Counts of sessions over time and by label, and the time to the first response",
    query: OVERVIEW_REQUEST,
    answer: OVERVIEW_ANSWER,
  },
  { method: "get", path: "/api/status", says: "Facts about what is searched", answer: STATUS_ANSWER },
];

export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, says, query, body, answer, isStream = false, status = "200" } of OPERATIONS) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    }));
    paths[path] = {
      ...paths[path],
      [method]: {
        summary: says,
        parameters: [...inPath, ...(query === undefined ? [] : parametersOf(query))],
        ...(body === undefined ? {} : { requestBody: content("The request", body, "input") }),
        responses: {
          [status]: isStream
            ? content("Events, with the name, the id and the data of each", answer, "output", "text/event-stream")
            : content("The answer", answer),
          default: content("A refusal in one sentence", REFUSAL),
        },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Chat sessions", version: "1", description: "Searches sessions and reads them, and dead letters." },
    paths,
  };
}

function parametersOf(query: z.ZodObject): readonly object[] {
  return Object.entries(query.shape).map(([name, schema]) => {
    const { description, ...json } = schemaOf(schema as z.ZodType, "input") as { readonly description?: string };
    return { name, in: "query", required: false, ...(description === undefined ? {} : { description }), schema: json };
  });
}

function content(
  description: string,
  schema: z.ZodType,
  io: "input" | "output" = "output",
  type = "application/json",
): object {
  return { description, content: { [type]: { schema: schemaOf(schema, io) } } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  // The document itself says which dialect its schemas have.
  return { ...z.toJSONSchema(schema, { io }), $schema: undefined };
}
