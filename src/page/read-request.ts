/** Requests, read by their schemas. */
import type { Context } from "hono";
import { z } from "zod";

/** Reads the query: lists where its schema has lists, else one value. Throws a `ZodError`. */
export function readQuery<T extends z.ZodObject>(context: Context, schema: T): z.output<T> {
  const given = Object.entries(context.req.queries()).map(([name, values]) => {
    const { [name]: wanted } = schema.shape as Readonly<Record<string, unknown>>;
    const inner = wanted instanceof z.ZodOptional ? wanted.unwrap() : wanted;
    return [name, inner instanceof z.ZodArray || values.length > 1 ? values : values[0]];
  });
  return schema.parse(Object.fromEntries(given));
}

/** Reads the body, which is JSON. Rejects with a `ZodError`. */
export async function readBody<T extends z.ZodType>(context: Context, schema: T): Promise<z.output<T>> {
  return schema.parse(await context.req.json<unknown>().catch(() => undefined));
}

export function sentenceOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `The request's "${issue?.path.join(".") ?? ""}" is not as it must be (${issue?.code ?? "wrong"}).`;
}
