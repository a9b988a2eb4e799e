/**
 * A stand-in for the part of `@std/bytes` that this repository uses, so that a
 * clone works where JSR is out of reach. Delete `tests/std` to use the real one.
 *
 * @module
 */
export { concat } from "./concat.ts";
export { equals } from "./equals.ts";
