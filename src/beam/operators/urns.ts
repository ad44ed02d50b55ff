/** URNs of the transforms and DoFns that have operators. Sources: Beam's beam_runner_api.proto and the SDK's urns. */
import { sdkUrns } from "../sdk";

export { PAR_DO_URN } from "../sdk/par-do";

export const FLATTEN_URN = "beam:transform:flatten:v1";
export const SDF_PAIR_URN = "beam:transform:sdf_pair_with_restriction:v1";
export const SDF_SPLIT_URN = "beam:transform:sdf_split_and_size_restrictions:v1";
export const SDF_PROCESS_URN = "beam:transform:sdf_process_sized_element_and_restrictions:v1";
export const COMBINE_PRECOMBINE_URN = "beam:transform:combine_per_key_precombine:v1";
export const COMBINE_MERGE_URN = "beam:transform:combine_per_key_merge_accumulators:v1";
export const COMBINE_EXTRACT_URN = "beam:transform:combine_per_key_extract_outputs:v1";
export const COMBINE_CONVERT_URN = "beam:transform:combine_per_key_convert_to_accumulators:v1";

export const SDK_DO_FN_URN = sdkUrns.SERIALIZED_JS_DOFN_INFO;
export const IDENTITY_DO_FN_URN = sdkUrns.IDENTITY_DOFN_URN;
export const SPLIT_DO_FN_URN = sdkUrns.SPLITTING_JS_DOFN_URN;
export const WINDOW_INTO_DO_FN_URN = sdkUrns.JS_WINDOW_INTO_DOFN_URN;
export const ASSIGN_TIMESTAMPS_DO_FN_URN = sdkUrns.JS_ASSIGN_TIMESTAMPS_DOFN_URN;
