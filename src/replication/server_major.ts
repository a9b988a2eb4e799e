import { ProtocolError } from "../errors.ts";

/**
 * Tells the server's major version, for example 18.
 *
 * @param parameters What the server reported at login.
 * @throws {ProtocolError} If its version is none of them.
 */
export function serverMajor(parameters: ReadonlyMap<string, string>): number {
  const version = parameters.get("server_version") ?? "";
  const major = /^\d+/.exec(version);
  if (major !== null) return Number(major[0]);
  throw new ProtocolError(
    `Cannot tell the server's version: server_version is "${version}"`,
  );
}
