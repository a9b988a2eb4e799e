import type { SocketAddress } from "../socket/socket.ts";

/** Writes an address for people to read. */
export function describeAddress(address: SocketAddress): string {
  if (address.transport === "unix") return address.path;
  const { hostname, port } = address;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
