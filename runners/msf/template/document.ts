/** A CloudFormation template as plain data. */

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: "Delete" | "Retain";
  readonly UpdateReplacePolicy?: "Delete" | "Retain";
}

export type Resources = Readonly<Record<string, Resource>>;

export interface Template {
  readonly AWSTemplateFormatVersion: "2010-09-09";
  readonly Description: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Resources: Resources;
  readonly Outputs?: Readonly<Record<string, { readonly Description: string; readonly Value: unknown }>>;
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

export function policy(statements: readonly Statement[]): object {
  return { Version: "2012-10-17", Statement: statements };
}

export const sub = (text: string): { readonly "Fn::Sub": string } => ({ "Fn::Sub": text });
export const ref = (resource: string): { readonly Ref: string } => ({ Ref: resource });
export const attribute = (resource: string, name: string): { readonly "Fn::GetAtt": readonly [string, string] } => ({
  "Fn::GetAtt": [resource, name],
});

/** `service:rest` → the ARN of a resource of this account and region. */
export function arn(service: string, resource: string): { readonly "Fn::Sub": string } {
  return sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);
}

export const TAGS = [{ Key: "application", Value: "beam-chat-sessions" }] as const;
