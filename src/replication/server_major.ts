import { ProtocolError } from "../errors.ts";

/**
 * Returns the server's major version, for example 18.
 *
 * @param parameters The parameters reported at login.
 * @throws {ProtocolError} If the version can't be parsed.
 */
export function serverMajor(parameters: ReadonlyMap<string, string>): number {
  const version = parameters.get("server_version") ?? "";
  const major = /^\d+/.exec(version);
  if (major !== null) return Number(major[0]);
  throw new ProtocolError(
    `Cannot tell the server's version: server_version is "${version}"`,
  );
}
