/** The names by which a machine calls itself. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a request names a host that it may name. A page of another site can have its own name
 * resolved to this machine ("DNS rebinding"), and is then the same origin to the browser; only the
 * name in `Host` tells.
 *
 * @param request The request.
 * @param hosts The names that are expected beside those of this machine, with or without a port.
 */
export function isExpectedHost(
  request: Request,
  hosts: readonly string[],
): boolean {
  const named = (request.headers.get("host") ?? new URL(request.url).host)
    .toLowerCase();
  const bare = withoutPort(named);
  return LOOPBACK.includes(bare) ||
    hosts.some((host) => {
      const expected = host.toLowerCase();
      return expected === named || expected === bare;
    });
}

/**
 * Whether a request comes from a page of this service, or from no page at all. Asked of requests
 * that do something.
 */
export function isSameOrigin(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (origin === null) {
    const site = request.headers.get("sec-fetch-site");
    return site === null || site === "same-origin" || site === "none";
  }
  const host = request.headers.get("host") ?? new URL(request.url).host;
  try {
    return new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, "");
}
