import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { assertEquals } from "@std/assert";
import { startDelayLine } from "../../bench/network/delay_line.ts";
import { startRoundTripCounter } from "../../bench/network/round_trips.ts";

interface Echo extends AsyncDisposable {
  readonly port: number;
  /** How many bytes have come. */
  readonly received: number;
}

/** A server that sends back whatever it gets. */
async function startEcho(): Promise<Echo> {
  let received = 0;
  const listener = createServer((socket) => {
    socket.on("data", (chunk) => {
      received += chunk.length;
      socket.write(chunk);
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    get received() {
      return received;
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

Deno.test("startDelayLine() carries many chunks at once, in their order", async () => {
  await using echo = await startEcho();
  await using line = await startDelayLine(echo.port, 1_000);
  const socket = connect({ host: "127.0.0.1", port: line.port });
  await once(socket, "connect");
  const sent = Array.from({ length: 20 }, (_, at) => at);
  for (const at of sent) {
    socket.write(Uint8Array.of(at));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const got: number[] = [];
  let underWay = 0;
  socket.on("data", (chunk: Uint8Array) => {
    // A pause for each chunk would have let the server see one of them by now.
    if (got.length === 0) underWay = echo.received;
    got.push(...chunk);
    if (got.length === sent.length) socket.end();
  });
  await once(socket, "close");
  assertEquals(got, sent);
  assertEquals(underWay, sent.length);
});

Deno.test("startDelayLine() carries more than it holds at once", async () => {
  await using echo = await startEcho();
  await using line = await startDelayLine(echo.port, 2);
  const socket = connect({ host: "127.0.0.1", port: line.port });
  const bytes = new Uint8Array(40 * 2 ** 20);
  let got = 0;
  socket.on("data", (chunk: Uint8Array) => {
    got += chunk.length;
    if (got === bytes.length) socket.end();
  });
  socket.write(bytes);
  await once(socket, "close");
  assertEquals(got, bytes.length);
});

Deno.test("startRoundTripCounter() counts how often a client waits", async () => {
  await using echo = await startEcho();
  await using counter = await startRoundTripCounter(echo.port);
  const socket = connect({ host: "127.0.0.1", port: counter.port });
  await once(socket, "connect");
  const ask = async (text: string) => {
    socket.write(text);
    await once(socket, "data");
  };
  await ask("first");
  assertEquals(counter.roundTrips, 2);
  await ask("second");
  assertEquals(counter.roundTrips, 3);
  assertEquals(counter.beforeStream, null);
  await ask("W, as CopyBothResponse begins");
  assertEquals(counter.beforeStream, 4);
  socket.end();
  await once(socket, "close");
});
