import type {
  ReplicationEvent,
  SubscribeOptions,
  Subscription,
} from "../../mod.ts";
import type { Dial, Socket } from "../../src/socket/mod.ts";
import { MemoryServer } from "../memory_server.ts";
import type { Recording } from "../recording.ts";
import type { Client, RowCounter, Run } from "./client.ts";

/** The ways to take events from a subscription. */
export type View = "batches" | "for await" | "readable";

/**
 * Walbrook, by one of its views.
 *
 * @param view How to take the events.
 * @param options How the server is to send values.
 */
export function walbrook(
  view: View,
  { binary = false }: { readonly binary?: boolean } = {},
): Client {
  return async (run) => {
    const subscription = await run.library.subscribe({
      ...serverOptions(run),
      slot: run.slot,
      publication: run.publication,
      binary,
    });
    try {
      await take(subscription, view, run.rows);
    } finally {
      await subscription.close();
    }
  };
}

async function take(
  subscription: Subscription,
  view: View,
  rows: RowCounter,
): Promise<void> {
  if (view === "batches") {
    for await (const events of subscription.batches) {
      for (const event of events) count(event, rows);
      if (rows.isDone) return;
    }
    return;
  }
  const events = view === "readable" ? subscription.readable : subscription;
  for await (const event of events) {
    count(event, rows);
    if (rows.isDone) return;
  }
}

/** Counts the row of an event, if it has one. */
export function count(event: ReplicationEvent, rows: RowCounter): void {
  if (event.kind === "insert" || event.kind === "update") {
    rows.add(event.newRow);
  } else if (event.kind === "delete") {
    rows.add(event.key);
  }
}

/** Returns the options for a connection to the server of a run, or to its recording. */
export function serverOptions(
  { server, rows }: Run,
): Pick<SubscribeOptions, "connection" | "dial"> {
  const login = { user: "postgres", database: "postgres" };
  if (!("host" in server)) {
    return {
      connection: { host: "memory", sslmode: "disable", ...login },
      dial: memoryDial(server, rows),
    };
  }
  const { host, port, authority } = server;
  const tls = authority === undefined
    ? { sslmode: "disable" as const }
    : { sslmode: "verify-full" as const, sslrootcert: authority };
  return { connection: { host, port, ...tls, ...login } };
}

function memoryDial(recording: Recording, rows: RowCounter): Dial {
  return () =>
    Promise.resolve(
      memorySocket(new MemoryServer(recording, () => rows.start())),
    );
}

function memorySocket(server: MemoryServer): Socket {
  const waiting: Uint8Array[] = [];
  let at = 0;
  let wake: (() => void) | undefined;
  let closed = false;
  return {
    readable: new ReadableStream<Uint8Array>({
      async pull(controller) {
        while (at === waiting.length && !closed) {
          await new Promise<void>((resolve) => wake = resolve);
        }
        const chunk = waiting[at++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream<Uint8Array>({
      write(bytes) {
        // Views of plain Uint8Array, as sockets deliver them.
        for (const { buffer, byteOffset, length } of server.push(bytes)) {
          waiting.push(new Uint8Array(buffer, byteOffset, length));
        }
        wake?.();
      },
    }),
    startTls: () => Promise.reject(new TypeError("Cannot start TLS in memory")),
    close() {
      closed = true;
      wake?.();
      return Promise.resolve();
    },
  };
}
