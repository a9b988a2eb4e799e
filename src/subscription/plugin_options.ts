import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import type { SubscribeOptions } from "./subscribe_options.ts";

const OF_PGOUTPUT = ["twoPhase", "origin", "protocolVersion"] as const;

/**
 * Refuses options that another plugin than pgoutput has no use for.
 *
 * @throws {TypeError} If there is one.
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
      `Cannot pass ${stray} to ${plugin.name}: it is pgoutput's; leave it out`,
    );
  }
  if (publication.length > 0) {
    throw new TypeError(
      `Cannot subscribe to a publication by ${plugin.name}: publications are pgoutput's; leave publication out`,
    );
  }
  if (binary) {
    throw new TypeError(
      `Cannot ask ${plugin.name} for values in binary format: it writes text; leave binary out`,
    );
  }
}
