/** A small change that breaks the library, and the tests that have to notice it. */
export interface Mutant {
  /** The effect of the change, as a user sees it. */
  readonly breaks: string;
  /** The file of `src/` that it changes. */
  readonly file: string;
  /** The code that it replaces, which occurs in the file exactly once. */
  readonly from: string;
  /** The code that it inserts instead. */
  readonly to: string;
  /** The test files that are run with it. */
  readonly tests: readonly string[];
}
