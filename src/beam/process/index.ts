/** Child processes that live as long as this one, and builds of Java programs. */
export { JAVA_MISSING } from "./build-step";
export { archiveClasses, archivedClasses } from "./class-archive";
export { type LocalChild, type ProgramOptions, startProgram } from "./child";
export { environmentFor } from "./environment";
export { exists } from "./exists";
export { isAlive } from "./is-alive";
export { buildDirectory, buildOnce, type JavaBuild, resolveArtifacts } from "./java-build";
export { hashListOf, maven, type MavenArtifacts, pinArtifacts } from "./maven";
export { freePort } from "./ports";
export { makePrivateFolder, PRIVATE_FILE_MODE, unwritable } from "./private";
export { sha256Of } from "./sha256";
