import type { OutputPlugin } from "@walbrook/walbrook/test_decoding";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";
import { UsageError } from "../command/usage_error.ts";
import type { TailOptions } from "./arguments.ts";

/** Creates the plugins whose payloads can be converted to events, from their own options. */
const PLUGINS: Readonly<
  Record<string, (options: Readonly<Record<string, string>>) => OutputPlugin>
> = { test_decoding: testDecoding, wal2json };

/**
 * Finds the plugin whose payloads can be converted to events.
 *
 * @param options The given options.
 * @returns The plugin, or `undefined` for one whose payloads can only be shown unchanged.
 * @throws {UsageError} If it has an option that must not be set.
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
