/**
 * Turns the answer to a GET request into that to a HEAD request: the same status and headers,
 * without a body.
 *
 * Source: RFC 9110, section 9.3.2.
 *
 * @param response The answer to GET.
 */
export async function withoutBody(response: Response): Promise<Response> {
  const headers = new Headers(response.headers);
  if (headers.get("content-type") === "text/event-stream") {
    await response.body?.cancel();
  } else {
    const { byteLength } = await response.arrayBuffer();
    headers.set("content-length", String(byteLength));
  }
  return new Response(null, { status: response.status, headers });
}
