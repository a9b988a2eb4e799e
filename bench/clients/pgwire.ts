import type { ServerAddress } from "../program/job.ts";
import { MemoryServer } from "../memory_server.ts";
import type { Recording } from "../recording.ts";
import type { RowCounter, Run } from "./client.ts";

type LazyRow = Readonly<Record<string, unknown>>;

interface Change {
  readonly before?: LazyRow | null;
  readonly after?: LazyRow | null;
}

interface Package {
  readonly _net: object;
  readonly pgconnection: (...options: unknown[]) => {
    logicalReplication(options: unknown): {
      pgoutputDecode(): AsyncIterable<{
        readonly messages: readonly Change[];
      }>;
    };
  };
}

/** `pgwire`. Its rows decode a column when it is read, so all of them are read. */
export async function pgwire(run: Run): Promise<void> {
  const { pgconnection, _net } = run.load("pgwire") as Package;
  const { server, rows } = run;
  const isReal = "host" in server;
  if (!isReal) Object.assign(_net, memoryNet(server, rows));
  const { host, port, authority }: ServerAddress = isReal
    ? server
    : { host: "memory", port: 1 };
  const connection = pgconnection(
    {
      replication: "database",
      ...authority && { sslmode: "require", sslrootcert: authority },
    },
    `postgres://postgres@${host}:${port}/postgres`,
  );
  const stream = connection.logicalReplication({
    slot: run.slot,
    options: { proto_version: "1", publication_names: run.publication },
  });
  // Leaving the loop waits for the end of the stream, so this runs in the background.
  const failed = follow(stream.pgoutputDecode(), rows).then(() => rows.done);
  await Promise.race([rows.done, failed]);
}

async function follow(
  decoded: AsyncIterable<{ readonly messages: readonly Change[] }>,
  rows: RowCounter,
): Promise<void> {
  for await (const { messages } of decoded) {
    for (const { before, after } of messages) {
      if (before) readAll(before);
      if (after) readAll(after);
      if (before || after) rows.add(after ?? before);
    }
  }
}

/** Decodes the columns, which are getters of the row's prototype. */
function readAll(row: LazyRow): unknown {
  let value: unknown;
  // deno-lint-ignore guard-for-in
  for (const name in row) value = row[name];
  return value;
}

// Its own seam to the runtime.
function memoryNet(recording: Recording, rows: RowCounter): object {
  return {
    connect: () =>
      Promise.resolve({
        server: new MemoryServer(recording, () => rows.start()),
        waiting: [],
        at: 0,
        wake: () => {},
      }),
    async read(socket: MemoryNetSocket, out: Uint8Array) {
      while (socket.at === socket.waiting.length) {
        await new Promise<void>((resolve) => socket.wake = resolve);
      }
      const chunk = socket.waiting[socket.at]!;
      const taken = chunk.subarray(0, out.length);
      out.set(taken);
      if (taken.length < chunk.length) {
        socket.waiting[socket.at] = chunk.subarray(taken.length);
      } else socket.at++;
      return taken.length;
    },
    write(socket: MemoryNetSocket, bytes: Uint8Array) {
      socket.waiting.push(...socket.server.push(bytes));
      socket.wake();
      return Promise.resolve();
    },
    closeNullable() {},
  };
}

interface MemoryNetSocket {
  readonly server: MemoryServer;
  readonly waiting: Uint8Array[];
  at: number;
  wake: () => void;
}
