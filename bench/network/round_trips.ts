import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy that counts how often a client waits for its server. */
export interface RoundTripCounter extends AsyncDisposable {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /**
   * The round trips so far, over all connections: each connection that was made, and
   * each time that the client sent something after it had heard from the server.
   */
  readonly roundTrips: number;
  /** The round trips up to the start of the stream (CopyBothResponse), or `null`. */
  readonly beforeStream: number | null;
}

const COPY_BOTH_RESPONSE = 0x57; // W

/**
 * Starts a proxy that counts round trips.
 *
 * @param port The server's port on 127.0.0.1.
 */
export async function startRoundTripCounter(
  port: number,
): Promise<RoundTripCounter> {
  const open = new Set<Socket>();
  let roundTrips = 0;
  let beforeStream: number | null = null;
  const listener = createServer((client) => {
    const server = connect({ host: "127.0.0.1", port });
    // To connect is a round trip of its own.
    roundTrips++;
    let heard = true;
    for (const end of [client, server]) {
      open.add(end);
      end.setNoDelay(true);
      end.on("error", () => {});
    }
    client.on("data", (chunk) => {
      if (heard) roundTrips++;
      heard = false;
      server.write(chunk);
    });
    server.on("data", (chunk: Uint8Array) => {
      heard = true;
      if (chunk[0] === COPY_BOTH_RESPONSE) beforeStream ??= roundTrips;
      client.write(chunk);
    });
    client.once("close", () => {
      open.delete(client);
      server.destroy();
    });
    server.once("close", () => {
      open.delete(server);
      client.destroy();
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    get roundTrips() {
      return roundTrips;
    },
    get beforeStream() {
      return beforeStream;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const end of open) end.destroy();
      await closed;
    },
  };
}
