const ENCODER = new TextEncoder();

/** Encodes a server-sent event; `data` is JSON, which has no line break. */
export function serverSent(name: string, data: string): Uint8Array {
  return ENCODER.encode(`event: ${name}\ndata: ${data}\n\n`);
}

/**
 * Encodes what goes in front of a server-sent event to give it an id. It may stand alone, before
 * an empty line: then it sets the last id, and no event is dispatched.
 *
 * Source: the HTML Standard, "Server-sent events", "Interpreting an event stream".
 */
export function idLine(id: string): Uint8Array {
  return ENCODER.encode(`id: ${id}\n`);
}

/** A comment, which keeps a connection open, with the id that the client is to keep. */
export function keepalive(id: string | null): Uint8Array {
  return ENCODER.encode(id === null ? ":\n\n" : `:\nid: ${id}\n\n`);
}
