export interface Transpiled {
  readonly outputText: string;
  readonly sourceMapText: string;
}

/** In the form that ts-node wants; `cache` is a folder. */
export function create(options?: { readonly cache?: string }): {
  transpile(input: string, options: { readonly fileName: string }): Transpiled;
};
