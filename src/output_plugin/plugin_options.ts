/**
 * Merges the caller's options of a plugin with those that its translator requires.
 *
 * @param plugin The plugin's name.
 * @param options `own`: the required options; `refused`: the forbidden ones; `given`: the
 * caller's.
 * @returns All options.
 * @throws {TypeError} If the caller sets a required or forbidden option, or a value that is
 * not text.
 */
export function pluginOptions(
  plugin: string,
  { own, refused, given }: {
    readonly own: Readonly<Record<string, string>>;
    readonly refused: readonly string[];
    readonly given: Readonly<Record<string, string>>;
  },
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(own, name) || refused.includes(name)) {
      throw new TypeError(
        `Cannot set option "${name}" of ${plugin}: the subscription chooses it`,
      );
    }
    if (typeof value !== "string") {
      throw new TypeError(
        `Cannot set option "${name}" of ${plugin} to ${value}: pass text, as in START_REPLICATION`,
      );
    }
  }
  return { ...own, ...given };
}
