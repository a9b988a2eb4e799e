import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy that holds bytes back as a long line does. */
export interface DelayLine extends AsyncDisposable {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
}

/** The number of bytes in transit before the sender has to wait. */
const WINDOW = 16 * 2 ** 20;

/**
 * Starts a proxy that adds a delay to a connection, half of it in each direction. Like a
 * line, and unlike a pause, it carries any number of chunks at once: what was sent a
 * moment later arrives a moment later.
 *
 * @param port The server's port on 127.0.0.1.
 * @param roundTripMs How much longer a request and its answer take, in milliseconds.
 */
export async function startDelayLine(
  port: number,
  roundTripMs: number,
): Promise<DelayLine> {
  const delayMs = roundTripMs / 2;
  const open = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    for (const end of [client, server]) {
      open.add(end);
      end.setNoDelay(true);
      end.on("error", () => {});
      end.once("close", () => open.delete(end));
    }
    carry(client, server, delayMs);
    carry(server, client, delayMs);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const end of open) end.destroy();
      await closed;
    },
  };
}

/** A piece of a stream on its way, or its end. */
interface UnderWay {
  readonly dueAt: number;
  readonly chunk: Uint8Array | null;
}

function carry(from: Socket, to: Socket, delayMs: number): void {
  const line: UnderWay[] = [];
  let bytes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function send(chunk: Uint8Array | null): void {
    line.push({ dueAt: performance.now() + delayMs, chunk });
    bytes += chunk?.length ?? 0;
    if (bytes > WINDOW) from.pause();
    timer ??= setTimeout(deliver, delayMs);
  }

  function deliver(): void {
    timer = undefined;
    // A timer may fire up to a millisecond early.
    const now = performance.now() + 0.5;
    while (line.length > 0 && line[0]!.dueAt <= now) {
      const { chunk } = line.shift()!;
      bytes -= chunk?.length ?? 0;
      if (to.destroyed) continue;
      if (chunk === null) to.end();
      else to.write(chunk);
    }
    if (bytes <= WINDOW) from.resume();
    const next = line[0];
    if (next === undefined) return;
    timer = setTimeout(deliver, Math.max(0, next.dueAt - performance.now()));
  }

  from.on("data", send);
  from.on("end", () => send(null));
  from.on("close", () => {
    if (from.errored) to.destroy();
  });
  to.on("close", () => {
    clearTimeout(timer);
    line.length = 0;
    from.destroy();
  });
}
