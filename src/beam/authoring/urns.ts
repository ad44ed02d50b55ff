/** URNs of our DoFn kinds, as they appear in `ParDoPayload.doFn`. The payload is a `DoFnSpec` as JSON. */
export const TAGGED_DO_FN_URN = "beam:dofn:ts_tagged:v1";
export const FRAGMENT_FN_URN = "beam:dofn:ts_fragments:v1";
export const ASYNC_DO_FN_URN = "beam:dofn:ts_async:v1";
export const SPLITTABLE_DO_FN_URN = "beam:dofn:ts_splittable:v1";
export const ASYNC_BOUNDARY_DO_FN_URN = "beam:dofn:ts_async_boundary:v1";

/** A pipeline with a splittable DoFn must list this requirement; Beam's job servers refuse it otherwise. */
export const SPLITTABLE_REQUIREMENT_URN = "beam:requirement:pardo:splittable_dofn:v1";
