/** The package's own types are those of its ES module, which TypeScript does not let CommonJS import. */
declare module "ibantools" {
  /** Specifications by country code; `chars` is the length, and `IBANRegistry` tells SWIFT's entries from drafts. */
  export const countrySpecs: Readonly<
    Record<string, { readonly chars: number | null; readonly IBANRegistry?: boolean } | undefined>
  >;
  /** Checks country, length, form and check digits of an IBAN in capital letters, without spaces. */
  export function isValidIBAN(iban: string): boolean;
}
