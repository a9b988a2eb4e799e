import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import type { SubscribeOptions } from "./subscribe_options.ts";

const OF_PGOUTPUT = ["twoPhase", "origin", "protocolVersion"] as const;

/**
 * Rejects options that apply to pgoutput only if another plugin is used.
 *
 * @throws {TypeError} If such an option is present.
 */
export function checkPluginOptions(
  plugin: OutputPlugin,
  options: SubscribeOptions,
): void {
  const { publication = [], binary = false } = options;
  const stray = typeof options.streaming === "boolean"
    ? "streaming"
    : OF_PGOUTPUT.find((name) => options[name] !== undefined);
  if (stray !== undefined) {
    throw new TypeError(
      `Cannot pass ${stray} to ${plugin.name}: it is an option of pgoutput; leave it out`,
    );
  }
  if (publication.length > 0) {
    throw new TypeError(
      `Cannot subscribe to a publication with ${plugin.name}: only pgoutput supports publications; leave publication out`,
    );
  }
  if (binary) {
    throw new TypeError(
      `Cannot request binary values from ${plugin.name}: it writes text; leave binary out`,
    );
  }
}
