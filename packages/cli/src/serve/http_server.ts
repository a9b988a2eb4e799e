import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { Readable } from "node:stream";

/** A listening server. */
export interface HttpServer extends AsyncDisposable {
  /** Its URL. */
  readonly url: string;
  /** Ends all connections, and stops listening. */
  close(): Promise<void>;
}

/**
 * Answers HTTP requests with a function of the Fetch standard.
 *
 * @param answer The function.
 * @param where The address to listen on; port 0 for any free one.
 */
export async function listen(
  answer: (request: Request) => Promise<Response>,
  where: { readonly port: number; readonly hostname: string },
): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => {
    respond(answer, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(where.port, where.hostname, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null
    ? address.port
    : where.port;
  const name = where.hostname.includes(":")
    ? `[${where.hostname}]`
    : where.hostname;
  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      server.close(() => resolve())
    );
    server.closeAllConnections();
    await closed;
  }
  const url = `http://${name}:${port}/`;
  return { url, close, [Symbol.asyncDispose]: close };
}

async function respond(
  answer: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const response = await answer(toRequest(incoming, gone.signal));
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  outgoing.flushHeaders();
  const reader = response.body?.getReader();
  if (reader === undefined) {
    outgoing.end();
    return;
  }
  const stop = () => void reader.cancel().catch(() => {});
  gone.signal.addEventListener("abort", stop);
  if (gone.signal.aborted) stop();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value)) await untilDrained(outgoing, gone.signal);
  }
  outgoing.end();
}

async function untilDrained(
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  if (gone.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      outgoing.off("drain", end);
      gone.removeEventListener("abort", end);
      resolve();
    };
    outgoing.on("drain", end);
    gone.addEventListener("abort", end);
  });
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = "GET", headers, url = "/" } = incoming;
  const own = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value ?? []].flat()) own.append(name, one);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(new URL(url, `http://${headers.host ?? "localhost"}`), {
    method,
    headers: own,
    signal,
    ...hasBody
      ? {
        body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>,
        duplex: "half",
      }
      : {},
  } as RequestInit);
}
