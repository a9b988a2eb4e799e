import { createRequire } from "node:module";
import type { ColdStart, ColdStartTimes } from "../cold_start.ts";

/** Subscribes by `pg-logical-replication`, and takes the first message. */
export async function start(
  { library, host, port, slot, publication }: ColdStart,
  since: () => number,
): Promise<Omit<ColdStartTimes, "booted" | "cpuMs">> {
  const load = createRequire(`${library}/package.json`);
  const { LogicalReplicationService, PgoutputPlugin } = load(
    "pg-logical-replication",
  );
  const imported = since();
  const service = new LogicalReplicationService(
    { host, port, user: "postgres", database: "postgres", ssl: false },
    { acknowledge: { auto: false, timeoutSeconds: 10 } },
  );
  const options = { protoVersion: 1, publicationNames: [publication] };
  const plugin = new PgoutputPlugin(options);
  await new Promise((resolve, reject) => {
    service.on("data", resolve);
    service.on("error", reject);
    service.subscribe(plugin, slot).catch(reject);
  });
  return { imported, subscribed: null, delivered: since() };
}
