import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import { refuseWrongValues } from "./option_values.ts";
import type { SubscribeOptions } from "./subscribe_options.ts";

// The names of options up to version 0.1, and their replacements.
const RENAMED_RETRY_OPTIONS: Readonly<Record<string, string>> = {
  firstDelayMs: "initialDelayMs",
  limit: "maxAttempts",
};

/**
 * Rejects options that JavaScript lets through, and that would otherwise be ignored or
 * replaced silently: no options, a connection that is `undefined` or empty, old and unknown
 * names, invalid values.
 *
 * @param options The caller's options, which may come from JavaScript.
 * @throws {TypeError} If there is one; the message says what to write.
 */
export function refuseWrongOptions(
  options:
    | {
      readonly connection?: unknown;
      readonly onGap?: unknown;
      readonly gaps?: unknown;
      readonly retry?: unknown;
    }
    | null
    | undefined,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      "Cannot subscribe: pass an object with connection, slot and publication",
    );
  }
  const { connection, onGap, gaps, retry } = options;
  if ("connection" in options && (connection ?? "") === "") {
    throw new TypeError(
      `Cannot subscribe: the option connection is ${
        connection === "" ? "empty" : `${connection}`
      }; is an environment variable, such as DATABASE_URL, not set? Leave the option out to use PGHOST, PGUSER and their like`,
    );
  }
  if (onGap === "event") {
    throw new TypeError('Cannot use onGap: "event": write gaps: "event"');
  }
  if (onGap !== undefined && gaps !== "event") {
    throw new TypeError(
      'Cannot call onGap: a gap ends the subscription with an error; add gaps: "event" to continue after gaps',
    );
  }
  refuseWrongValues({ ...options });
  if (typeof retry !== "object" || retry === null) return;
  for (const [old, name] of Object.entries(RENAMED_RETRY_OPTIONS)) {
    if (old in retry) {
      throw new TypeError(`Cannot use retry.${old}: write retry.${name}`);
    }
  }
}

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
