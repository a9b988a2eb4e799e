import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError } from "@walbrook/walbrook";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { dial, environment } from "../../src/socket/deno.ts";
import type { Dial } from "../../src/socket/socket.ts";
import { queryCatalog } from "../../src/catalog/query_catalog.ts";
import { sharedServer } from "../helpers/postgres.ts";

const shared = sharedServer();

// A link that carries nothing any more, either way, once a query is on its way.
function deafDial(onQuery: () => void): Dial {
  return async (address, options) => {
    const socket = await dial(address, options);
    const writer = socket.writable.getWriter();
    return {
      readable: socket.readable,
      writable: new WritableStream<Uint8Array>({
        async write(chunk) {
          if (chunk[0] === 0x51 /* Q */) return onQuery();
          await writer.write(chunk);
        },
      }),
      startTls: (options) => socket.startTls(options),
      close: () => socket.close(),
    };
  };
}

async function optionsFor(
  onQuery: () => void,
): Promise<Parameters<typeof queryCatalog>[1]> {
  const url = new URL(shared.server.url);
  url.searchParams.set("sslmode", "disable");
  const settings = await resolveConnection(url.href, environment);
  return {
    dial: deafDial(onQuery),
    settings: () => settings,
    signal: new AbortController().signal,
    onNotice: () => {},
  };
}

Deno.test("queryCatalog() gives up a server that has stopped answering", async () => {
  const options = await optionsFor(() => {});
  const error = await assertRejects(
    () => queryCatalog("SELECT 1", { ...options, deadlineMs: 100 }),
    ConnectionError,
  );
  assertEquals(
    error.message,
    "The server has not answered from its catalog within 0.1 s",
  );
});

Deno.test("queryCatalog() gives up at once where nobody waits any more", async () => {
  const stop = new AbortController();
  const reason = new Error("Nobody waits");
  const options = await optionsFor(() => stop.abort(reason));
  const error = await assertRejects(
    () => queryCatalog("SELECT 1", { ...options, signal: stop.signal }),
  );
  assertEquals(error, reason);
});
