/** The id of a model, which has several names: the id itself, and ARNs that end with it. */
export function bareModelId(model: string): string {
  return model.slice(model.lastIndexOf("/") + 1);
}
