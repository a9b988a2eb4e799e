import { createServer } from "node:http";
import { nodeListener } from "@walbrook/walbrook/serve";

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
  const server = createServer(nodeListener(answer));
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(
        new Error(
          `Cannot listen at ${where.hostname}, port ${where.port}: ${cause.message}; choose another with --port or --hostname`,
          { cause },
        ),
      );
    server.once("error", fail);
    server.listen(where.port, where.hostname, () => {
      server.off("error", fail);
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
