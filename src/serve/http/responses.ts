/**
 * Headers of every response: it must not be cached, framed, or interpreted as another type.
 */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store, no-transform",
  "x-content-type-options": "nosniff",
  // With "no-referrer" a form of the page would send the origin "null".
  "referrer-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Answers with JSON. */
export function jsonResponse(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: {
      ...COMMON_HEADERS,
      "content-type": "application/json",
      ...headers,
    },
  });
}

/** Answers that a request was rejected. */
export function refusal(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonResponse({ error }, status, headers);
}

/** Answers with server-sent events. */
export function eventStream(
  body: ReadableStream<Uint8Array> | null,
): Response {
  return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>> | null, {
    headers: {
      ...COMMON_HEADERS,
      "content-type": "text/event-stream",
      // Otherwise nginx would buffer short responses.
      "x-accel-buffering": "no",
    },
  });
}

/** Answers with text. */
export function textResponse(text: string, type: string): Response {
  return new Response(text, {
    headers: { ...COMMON_HEADERS, "content-type": type },
  });
}
