import type { UnpackSettings } from "../../chat/steps/records/settings";
import type { LateSettings } from "../parsed-outputs";

/** A file or folder of this machine, or the objects of a bucket whose keys begin with a prefix. */
export type InputAddress =
  | { readonly kind: "local"; /** Absolute. */ readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string };

/** Address of S3. Credentials come from the AWS SDK's default chain. */
export interface S3Connection {
  readonly region: string;
  /** Default: AWS's own. A plain-http loopback endpoint gets made-up credentials, never real ones. */
  readonly endpoint?: string;
}

/** One file as it was when it was listed. */
export interface ListedFile {
  readonly at:
    | { readonly kind: "local"; readonly path: string }
    | { readonly kind: "s3"; readonly bucket: string; /** Missing where it is the name. */ readonly key?: string };
  /** Path below the inputs' common folder, or the object's key; unique in a listing. */
  readonly name: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds since the epoch: the arrival of all that is in it. */
  readonly modifiedMs: number;
  /** Changes whenever the content does: an object's ETag, or a file's time of change. */
  readonly version: string;
  /** True for a large one of plain lines, which may be read in several ranges. */
  readonly isSplittable: boolean;
}

/** How a file's content is divided into records. */
export type Form = "lines" | "values";

export interface FilesReadSettings extends LateSettings {
  /** The listed files, in the order of reading; see `packed`. */
  readonly files: string;
  readonly s3: S3Connection;
  /** Restrictions that read side by side, each on a task of its own where there are several. 1 … 64. */
  readonly partitions: number;
  /** Lines, but lists and objects over several lines are seen; or JSON values wherever they end. */
  readonly form: Form;
  /** How records hold messages; missing: each is one. */
  readonly unpack?: UnpackSettings;
  /** Time that a record may be behind the newest event time of its partition without being late. 0 … years. */
  readonly allowedDisorderMs: number;
  /** A call to S3 that keeps failing is given up after this; undefined: never. */
  readonly maxRetryDurationMs?: number;
}

/** A longer record is not held: its dead letter has its beginning only. As much as a record of Kinesis may have. */
export const MAX_RECORD_BYTES = 10 * 1024 * 1024;
