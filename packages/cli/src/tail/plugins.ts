import type { OutputPlugin } from "@walbrook/walbrook/test_decoding";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";
import { UsageError } from "../command/usage_error.ts";
import type { TailOptions } from "./arguments.ts";

/** Makes the plugins whose payloads become events, from their own options. */
const PLUGINS: Readonly<
  Record<string, (options: Readonly<Record<string, string>>) => OutputPlugin>
> = { test_decoding: testDecoding, wal2json };

/**
 * Finds the plugin whose payloads become events.
 *
 * @param options What was given.
 * @returns The plugin, or `undefined` for one whose payloads can only be shown as they are.
 * @throws {UsageError} If it has an option that is not to be chosen.
 */
export function findPlugin(
  { plugin, pluginOptions }: Pick<TailOptions, "plugin" | "pluginOptions">,
): OutputPlugin | undefined {
  try {
    return Object.hasOwn(PLUGINS, plugin)
      ? PLUGINS[plugin]?.(pluginOptions)
      : undefined;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}
