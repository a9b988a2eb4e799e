/**
 * A stand-in for the part of `@std/cli` that this repository uses, so that a
 * clone works where JSR is out of reach. Delete `tests/std` to use the real one.
 *
 * @module
 */
export { parseArgs, type ParseOptions } from "./parse_args.ts";
