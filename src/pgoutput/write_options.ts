import type { PgoutputOptions } from "./pgoutput_options.ts";

/**
 * Formats options that {@linkcode pgoutputOptions} has checked, or that need no check.
 *
 * @throws {TypeError} If a name can't be that of a publication.
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
      `Cannot use ${
        JSON.stringify(name)
      } as the name of a publication: it is empty or contains a zero byte`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
