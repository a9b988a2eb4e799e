/** A parsed command line. */
export interface ParsedArguments {
  /** The operands, in order. */
  readonly operands: readonly string[];
  /** Returns whether a flag is given. */
  flag(name: string): boolean;
  /** Returns the value of an option; `undefined` if it is not given. */
  value(name: string): string | undefined;
  /** Returns the values of an option that may be given several times. */
  values(name: string): readonly string[];
  /** Options with other names, and their values, if the command accepts them. */
  readonly others: ReadonlyMap<string, string>;
}
