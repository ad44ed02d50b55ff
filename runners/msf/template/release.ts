import { PROPERTY_GROUP } from "../../../src/options/properties";
import { APPLICATION } from "./application";
import type { Resource, Template } from "./document";

interface Code {
  readonly CodeContent: { readonly S3ContentLocation: Readonly<Record<string, unknown>> };
}
interface Groups {
  readonly PropertyGroups: readonly {
    readonly PropertyGroupId: string;
    readonly PropertyMap: Readonly<Record<string, unknown>>;
  }[];
}
type Configuration = Readonly<Record<string, unknown>> & {
  readonly ApplicationCodeConfiguration: Code;
  readonly EnvironmentProperties: Groups;
};

/**
 * The same infrastructure with another jar and other properties. The endpoint stays as the template has it: it may be that
 * of a domain of the same stack.
 */
export function withRelease(
  template: Template,
  jarKey: string,
  properties: Readonly<Record<string, string>>,
): Template {
  const application = template.Resources[APPLICATION];
  // Sound because applicationResources wrote it.
  const configuration = application?.Properties["ApplicationConfiguration"] as Configuration;
  const code = configuration.ApplicationCodeConfiguration;
  const endpoint = configuration.EnvironmentProperties.PropertyGroups[0]?.PropertyMap["opensearch-endpoint"];
  const changed: Configuration = {
    ...configuration,
    ApplicationCodeConfiguration: {
      ...code,
      CodeContent: { S3ContentLocation: { ...code.CodeContent.S3ContentLocation, FileKey: jarKey } },
    },
    EnvironmentProperties: {
      PropertyGroups: [
        { PropertyGroupId: PROPERTY_GROUP, PropertyMap: { ...properties, "opensearch-endpoint": endpoint } },
      ],
    },
  };
  const resource = { ...application, Properties: { ...application?.Properties, ApplicationConfiguration: changed } };
  return { ...template, Resources: { ...template.Resources, [APPLICATION]: resource as Resource } };
}
