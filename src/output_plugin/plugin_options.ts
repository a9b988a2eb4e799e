/**
 * Puts the caller's options of a plugin beside those that its translator relies on.
 *
 * @param plugin The plugin's name.
 * @param options `own`: what is always asked for; `refused`: what must not be; `given`:
 * what the caller asks for.
 * @returns All options.
 * @throws {TypeError} If the caller gives an option that is not to be chosen, or a value
 * that is no text.
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
