import { MemoryStream } from "./memory_stream.ts";
import type { Run } from "./client.ts";

interface Client {
  subscribe(
    pattern: string,
    onChange: (row: unknown) => void,
  ): Promise<unknown>;
}

/**
 * `postgres`, known as Postgres.js. It always makes a slot of its own, which ends with it:
 * it can be measured on what happens from now on, and on a recording.
 */
export async function postgres(run: Run): Promise<void> {
  const loaded = run.load("postgres") as { default?: unknown };
  const connect = (loaded.default ?? loaded) as (options: unknown) => Client;
  const { server, rows } = run;
  const client = connect({
    user: "postgres",
    database: "postgres",
    publications: run.publication,
    fetch_types: false,
    ...("host" in server
      ? {
        host: server.host,
        port: server.port,
        ssl: server.authority ? { ca: server.authority } : false,
      }
      : { socket: () => new MemoryStream(server, () => rows.start()) }),
  });
  await client.subscribe("*", (row) => rows.add(row));
  await rows.done;
}
