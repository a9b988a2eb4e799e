import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UNCHANGED } from "@walbrook/walbrook";
import { applyToPostgres, applyToSqlite } from "@walbrook/walbrook/apply";
import { fileDeadLetters, ndjsonFiles } from "@walbrook/walbrook/files";
import { DestinationError } from "@walbrook/walbrook/sink";
import * as stages from "@walbrook/walbrook/stages";
import { webhook } from "@walbrook/walbrook/webhook";
import { UsageError } from "../command/usage_error.ts";
import type { SinkConfig, SinkConfigModule, SinkLibrary } from "./config.ts";

const LIBRARY: SinkLibrary = {
  ...{ webhook, ndjsonFiles, fileDeadLetters, DestinationError },
  ...{ applyToPostgres, applyToSqlite, stages, UNCHANGED },
};

/**
 * Loads the configuration of `sink`.
 *
 * @param path The module's file.
 * @throws {UsageError} If the file is missing or invalid.
 */
export async function loadSinkConfig(path: string): Promise<SinkConfig> {
  const file = resolve(path);
  await access(file).catch(() => {
    throw new UsageError(`There is no file ${file}: check --config`);
  });
  const loaded = await import(pathToFileURL(file).href).catch((error) => {
    if (error?.code === "ERR_UNKNOWN_FILE_EXTENSION") {
      throw new UsageError(
        `This Node cannot load ${path}: use Node 22.18 or later, Deno, or a file that ends in .mjs`,
      );
    }
    throw new Error(
      `Cannot load ${path}: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }) as { readonly default?: SinkConfigModule };
  const exported = loaded.default;
  const config = typeof exported === "function"
    ? await exported(LIBRARY)
    : exported;
  if (isConfig(config)) return config;
  throw new UsageError(
    `${path} is not a configuration: its default export has to be { subscribe: {…}, to: destination }, or a function that returns this`,
  );
}

function isConfig(config: unknown): config is SinkConfig {
  return typeof config === "object" && config !== null &&
    "subscribe" in config && typeof config.subscribe === "object" &&
    "to" in config && typeof config.to === "object" && config.to !== null;
}
