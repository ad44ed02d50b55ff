/** Rights that CloudFormation needs to make, read, change and delete resources, from its own registry. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const SCHEMA = z.object({
  handlers: z.record(z.string(), z.object({ permissions: z.array(z.string()) })).optional(),
});

/** The folder of the registry's schemas, which are part of cfn-lint. */
export function registrySchemas(python: string): string {
  const where = "import importlib.util; print(importlib.util.find_spec('cfnlint').submodule_search_locations[0])";
  return path.join(execFileSync(python, ["-c", where], { encoding: "utf8" }).trim(), "data/schemas");
}

/** Undefined for a type whose registry entry lists none. `schemas` is the folder from `registrySchemas`. */
export function resourceRights(schemas: string, type: string): ReadonlySet<string> | undefined {
  const names = z.record(z.string(), z.string()).parse(json(path.join(schemas, "providers/us-east-1.json")));
  const { handlers } = SCHEMA.parse(json(path.join(schemas, "resources", `${names[type] ?? type}.json`)));
  if (handlers === undefined) return undefined;
  const used = Object.entries(handlers).filter(([operation]) => operation !== "list");
  return new Set(used.flatMap(([, { permissions }]) => permissions));
}

const SERVICES = z.record(
  z.string(),
  z.object({ Actions: z.record(z.string(), z.object({ Resources: z.array(z.string()).optional() })) }),
);

/**
 * The types of resources that a policy can name for an action, from AWS's "Service Authorization Reference": an action
 * without any is allowed by `*` alone. Undefined for an action that AWS does not list.
 */
export function resourceTypes(schemas: string): (action: string) => readonly string[] | undefined {
  const services = SERVICES.parse(json(path.join(schemas, "../AdditionalSpecs/Policies.json")));
  return (action) => {
    const [service = "", name = ""] = action.split(":");
    const found = services[service]?.Actions[name.toLowerCase()];
    return found === undefined ? undefined : (found.Resources ?? []);
  };
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
