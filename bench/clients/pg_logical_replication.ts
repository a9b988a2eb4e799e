import { MemoryStream } from "./memory_stream.ts";
import type { Run } from "./client.ts";

interface Service {
  on(event: "data", listener: (lsn: string, message: Message) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  subscribe(plugin: unknown, slot: string): Promise<unknown>;
  stop(): Promise<unknown>;
}

type Message =
  | { readonly tag: "insert" | "update"; readonly new: unknown }
  | { readonly tag: "delete"; readonly key: unknown }
  | { readonly tag: "begin" | "commit" };

interface Package {
  readonly LogicalReplicationService: new (
    client: unknown,
    config: unknown,
  ) => Service;
  readonly PgoutputPlugin: new (options: unknown) => unknown;
}

/**
 * `pg-logical-replication`, the client of most users of Node. By default it acknowledges
 * every message by one of its own; without that it is faster, and so that is measured.
 */
export async function pgLogicalReplication(run: Run): Promise<void> {
  const { LogicalReplicationService, PgoutputPlugin } = run.load(
    "pg-logical-replication",
  ) as Package;
  const { server, rows } = run;
  const service = new LogicalReplicationService(
    {
      user: "postgres",
      database: "postgres",
      ...("host" in server
        ? {
          host: server.host,
          port: server.port,
          ssl: server.authority ? { ca: server.authority } : false,
        }
        : {
          ssl: false,
          stream: () => new MemoryStream(server, () => rows.start()),
        }),
    },
    { acknowledge: { auto: false, timeoutSeconds: 10 } },
  );
  service.on("data", (_lsn, message) => {
    if (message.tag === "insert" || message.tag === "update") {
      rows.add(message.new);
    } else if (message.tag === "delete") rows.add(message.key);
  });
  const plugin = new PgoutputPlugin({
    protoVersion: 1,
    publicationNames: [run.publication],
  });
  const failed = new Promise<never>((_resolve, reject) => {
    service.on("error", reject);
    service.subscribe(plugin, run.slot).catch(reject);
  });
  await Promise.race([rows.done, failed]);
  failed.catch(() => {});
  // It waits for an end of the session that a memory never has.
  void service.stop().catch(() => {});
}
