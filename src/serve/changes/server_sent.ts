const ENCODER = new TextEncoder();

/** Encodes a server-sent event; `data` is JSON, which contains no line break. */
export function serverSent(name: string, data: string): Uint8Array {
  return ENCODER.encode(`event: ${name}\ndata: ${data}\n\n`);
}

/**
 * Encodes the line before a server-sent event that gives it an id. It may stand alone,
 * followed by an empty line: then it sets the last id, and no event is dispatched.
 *
 * Source: the HTML Standard, "Server-sent events", "Interpreting an event stream".
 */
export function idLine(id: string): Uint8Array {
  return ENCODER.encode(`id: ${id}\n`);
}

/** Encodes a comment that keeps a connection open, with the id for the client to keep. */
export function keepalive(id: string | null): Uint8Array {
  return ENCODER.encode(id === null ? ":\n\n" : `:\nid: ${id}\n\n`);
}
