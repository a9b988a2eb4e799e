/** A command line that was read. */
export interface ParsedArguments {
  /** The operands, in order. */
  readonly operands: readonly string[];
  /** Whether a flag is given. */
  flag(name: string): boolean;
  /** The value of an option; `undefined` if it is not given. */
  value(name: string): string | undefined;
  /** The values of an option that may come several times. */
  values(name: string): readonly string[];
  /** Options with other names, and their values, where the command takes them. */
  readonly others: ReadonlyMap<string, string>;
}
