/** The sample's own randomness, which serves the tests too. */
export { type Random, randomFrom as randomOf } from "../../src/local/random";
