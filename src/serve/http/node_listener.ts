/** A request as `node:http` describes it: the part of its `IncomingMessage` that is used. */
export interface NodeRequest {
  /** The method. */
  readonly method?: string | undefined;
  /** The path and the query. */
  readonly url?: string | undefined;
  /** The headers, with names in lower case. */
  readonly headers: Readonly<
    Record<string, string | readonly string[] | undefined>
  >;
  /** The socket; `encrypted` if it is one of TLS. */
  readonly socket?: object;
  /** Adds a listener for parts of the body. */
  on(event: "data", listener: (part: Uint8Array<ArrayBuffer>) => void): unknown;
  /** Adds a listener for the end of the body, or of the connection. */
  on(event: "end" | "close", listener: () => void): unknown;
  /** Adds a listener for errors. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Stops reading the body. */
  pause(): unknown;
  /** Reads the body. */
  resume(): unknown;
}

/** A response as `node:http` describes it: the part of its `ServerResponse` that is used. */
export interface NodeResponse {
  /** The status. */
  statusCode: number;
  /** Whether the headers have been sent. */
  readonly headersSent: boolean;
  /** Sets a header. */
  setHeader(name: string, value: string | readonly string[]): unknown;
  /** Sends the headers. */
  flushHeaders(): void;
  /** Sends a part of the body; returns `false` if the client should read first. */
  write(part: Uint8Array): boolean;
  /** Ends the response. */
  end(): unknown;
  /** Closes the connection. */
  destroy(): unknown;
  /** Adds a listener. */
  on(event: "close" | "drain", listener: () => void): unknown;
}

/**
 * Adapts a function of the Fetch standard to `createServer()` of `node:http`: for Node, whose
 * server passes on no `Request`. Deno, Bun and Workers call the function themselves.
 *
 * A client that does not read its response pauses it, and one that disconnects cancels it.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { nodeListener } from "@walbrook/walbrook/serve";
 *
 * const server = createServer(nodeListener((request) =>
 *   Promise.resolve(new Response(`You asked for ${request.url}`))
 * ));
 * // server.listen(8080, "127.0.0.1");
 * console.log(server.listening);
 * ```
 *
 * @param answer The function: `service.fetch`.
 * @returns The listener of a server of `node:http` or `node:https`.
 */
export function nodeListener(
  answer: (request: Request) => Promise<Response>,
): (incoming: NodeRequest, outgoing: NodeResponse) => void {
  return (incoming, outgoing) => {
    respond(answer, incoming, outgoing).catch(() => {
      if (outgoing.headersSent) outgoing.destroy();
      else {
        outgoing.statusCode = 500;
        outgoing.end();
      }
    });
  };
}

async function respond(
  answer: (request: Request) => Promise<Response>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const request = toRequest(incoming, gone.signal);
  const response = request === null
    ? new Response(null, { status: 400 })
    : await answer(request);
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  outgoing.flushHeaders();
  if (response.body !== null) await send(response.body, outgoing, gone.signal);
  outgoing.end();
  gone.abort();
}

async function send(
  body: ReadableStream<Uint8Array>,
  outgoing: NodeResponse,
  gone: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  let onDrain = () => {};
  outgoing.on("drain", () => onDrain());
  const stop = () => {
    reader.cancel().catch(() => {});
    onDrain();
  };
  gone.addEventListener("abort", stop);
  if (gone.aborted) stop();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (outgoing.write(value) || gone.aborted) continue;
    await new Promise<void>((resolve) => onDrain = resolve);
  }
}

// Returns `null` if its target or its host is no part of a URL, or if the method is TRACE.
function toRequest(
  incoming: NodeRequest,
  signal: AbortSignal,
): Request | null {
  const { method = "GET", headers, url = "/", socket = {} } = incoming;
  const own = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // HTTP/2 has pseudo-headers such as ":path".
    if (name.startsWith(":")) continue;
    for (const one of [value ?? []].flat()) own.append(name, one);
  }
  const host = own.get("host") ?? headers[":authority"] ?? "localhost";
  const scheme = "encrypted" in socket && socket.encrypted ? "https" : "http";
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    // RFC 9112, section 3.2.2: a client may send the whole URL, as to a proxy; its host counts.
    const isWhole = /^https?:\/\//i.test(url);
    const path = url.startsWith("/") ? url : "/";
    const target = new URL(isWhole ? url : `${scheme}://${host}${path}`);
    if (target.username !== "" || target.password !== "") return null;
    if (isWhole) own.set("host", target.host);
    return new Request(target, {
      ...{ method, headers: own, signal },
      // `duplex` is required for a stream, and not yet part of the type.
      ...hasBody ? { body: bodyOf(incoming, signal), duplex: "half" } : {},
    });
  } catch {
    return null;
  }
}

function bodyOf(
  incoming: NodeRequest,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isOver = false;
  return new ReadableStream({
    start: (controller) => {
      const end = (work: () => void) => {
        if (!isOver) work();
        isOver = true;
      };
      incoming.on("data", (part) => {
        if (isOver) return;
        incoming.pause();
        controller.enqueue(new Uint8Array(part));
      });
      incoming.on("end", () => end(() => controller.close()));
      incoming.on("error", (error) => end(() => controller.error(error)));
      const abort = () =>
        end(() => controller.error(new Error("The request was aborted")));
      incoming.on("close", abort);
      signal.addEventListener("abort", () => {
        abort();
        // The connection can't be used again before the rest has been read.
        incoming.resume();
      });
      incoming.pause();
    },
    pull: () => {
      incoming.resume();
    },
    // The rest is read and dropped.
    cancel: () => {
      isOver = true;
      incoming.resume();
    },
  }, { highWaterMark: 0 });
}
