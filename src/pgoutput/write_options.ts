import type { PgoutputOptions } from "./pgoutput_options.ts";

/**
 * Writes the options that {@linkcode pgoutputOptions} has checked, or that need no check.
 *
 * @throws {TypeError} If one of the names can't be a publication's.
 */
export function writeOptions(
  options: PgoutputOptions,
): Record<string, string> {
  const { protocolVersion, publications, streaming, origin } = options;
  return {
    proto_version: String(protocolVersion),
    publication_names: publications.map(quotePublication).join(","),
    ...(options.messages ? { messages: "true" } : {}),
    ...(options.binary ? { binary: "true" } : {}),
    ...(streaming ? { streaming: streaming === true ? "on" : streaming } : {}),
    ...(options.twoPhase ? { two_phase: "true" } : {}),
    ...(origin === undefined ? {} : { origin }),
  };
}

function quotePublication(name: string): string {
  if (name === "" || name.includes("\0")) {
    throw new TypeError(
      `Cannot take ${
        JSON.stringify(name)
      } as the name of a publication: it is empty or holds a zero byte`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
