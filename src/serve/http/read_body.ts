/**
 * Reads the body of a request as text.
 *
 * @param request The request.
 * @param maxBytes The maximum size, in bytes.
 * @returns The text; `null` if it is longer.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<string | null> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) {
    return null;
  }
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    // Not cancelled: some runtimes would then close the connection before the answer.
    if (size > maxBytes) return null;
    text += decoder.decode(value, { stream: true });
  }
}
