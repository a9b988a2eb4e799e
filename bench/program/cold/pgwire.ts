import { createRequire } from "node:module";
import type { ColdStart, ColdStartTimes } from "../cold_start.ts";

/** Subscribes by `pgwire`, and takes the first message. */
export async function start(
  { library, host, port, slot, publication }: ColdStart,
  since: () => number,
): Promise<Omit<ColdStartTimes, "booted" | "cpuMs">> {
  const load = createRequire(`${library}/package.json`);
  const { pgconnection } = load("pgwire");
  const imported = since();
  const connection = pgconnection(
    { replication: "database" },
    `postgres://postgres@${host}:${port}/postgres`,
  );
  const stream = connection.logicalReplication({
    slot,
    options: { proto_version: "1", publication_names: publication },
  });
  for await (const { messages } of stream.pgoutputDecode()) {
    if (messages.length > 0) break;
  }
  return { imported, subscribed: null, delivered: since() };
}
