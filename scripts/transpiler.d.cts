export interface Transpiled {
  readonly outputText: string;
  readonly sourceMapText: string;
}

/** For ts-node, which wants this form. */
export function create(): {
  transpile(input: string, options: { readonly fileName: string }): Transpiled;
};
