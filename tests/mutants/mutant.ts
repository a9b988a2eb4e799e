/** One small change that breaks the library, and the tests that have to notice. */
export interface Mutant {
  /** What it breaks, for a user. */
  readonly breaks: string;
  /** The file of `src/` that it changes. */
  readonly file: string;
  /** What it replaces. It stands in the file exactly once. */
  readonly from: string;
  /** What it puts there. */
  readonly to: string;
  /** The tests that are run with it. */
  readonly tests: readonly string[];
}
