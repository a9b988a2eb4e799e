import type { SocketAddress } from "../socket/socket.ts";

/** Formats an address for people. */
export function describeAddress(address: SocketAddress): string {
  if (address.transport === "unix") return address.path;
  const { hostname, port } = address;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
