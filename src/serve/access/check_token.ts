/** The cookie for the token. */
export const TOKEN_COOKIE = "walbrook_token";

const ENCODER = new TextEncoder();

/**
 * Returns whether a request contains the token: as `Authorization: Bearer …`, or in the
 * cookie that the page sets. Call it in {@linkcode Authorize}: where that function is set, the
 * token of the service does not by itself grant access to a table.
 *
 * @example Some tables for everyone, and all for the holder of the token
 * ```ts
 * import { type ServeOptions, showsToken } from "@walbrook/walbrook/serve";
 *
 * const token = crypto.randomUUID();
 * const options: ServeOptions = {
 *   token,
 *   authorize: async (request, table) =>
 *     table === "public.products" || await showsToken(request, token),
 * };
 * const authorization = `Bearer ${token}`;
 * const request = new Request("http://localhost/", { headers: { authorization } });
 * console.log(await options.authorize?.(request, "public.orders"));
 * ```
 *
 * @param request The request.
 * @param token The token, which is compared in constant time.
 * @returns Whether the request has this token.
 */
export async function showsToken(
  request: Request,
  token: string,
): Promise<boolean> {
  const given = tokenOf(request);
  return given !== null && await isSame(given, token);
}

/** Returns whether two texts are equal, in constant time whatever they have in common. */
export async function isSame(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([digest(a), digest(b)]);
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= x[i]! ^ y[i]!;
  return difference === 0;
}

function tokenOf({ headers }: Request): string | null {
  const bearer = /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "");
  if (bearer !== null) return bearer[1]!;
  for (const cookie of (headers.get("cookie") ?? "").split(";")) {
    const [name = "", value = ""] = cookie.trim().split("=", 2);
    if (name === TOKEN_COOKIE) return decode(value);
  }
  return null;
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

async function digest(text: string): Promise<Uint8Array> {
  const hash = await crypto.subtle.digest("SHA-256", ENCODER.encode(text));
  return new Uint8Array(hash);
}
