/** An IP address, which no page can make resolve to another machine. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/;

/**
 * Returns whether a request names an expected host. A page of another site can make its own
 * name resolve to this machine ("DNS rebinding"), and then has the same origin for the
 * browser; only the name in `Host` reveals it. An IP address is always expected, since probes
 * and scrapers send it.
 *
 * @param request The request.
 * @param hosts The expected names besides `localhost`, with or without a port.
 */
export function isExpectedHost(
  request: Request,
  hosts: readonly string[],
): boolean {
  const named = (request.headers.get("host") ?? new URL(request.url).host)
    .toLowerCase();
  const bare = withoutPort(named);
  return bare === "localhost" || ADDRESS.test(bare) ||
    hosts.some((host) => {
      const expected = host.toLowerCase();
      return expected === named || expected === bare;
    });
}

/**
 * Returns whether a request comes from a page of this service, or from no page at all.
 * Checked for requests that perform an action.
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
