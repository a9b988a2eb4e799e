import type * as walbrook from "../../../mod.ts";
import type { ColdStart, ColdStartTimes } from "../cold_start.ts";

/** Subscribes by Walbrook, and takes the first event. */
export async function start(
  { library, host, port, slot, publication }: ColdStart,
  since: () => number,
): Promise<Omit<ColdStartTimes, "booted" | "cpuMs">> {
  const { subscribe }: typeof walbrook = await import(library);
  const imported = since();
  const subscription = await subscribe({
    connection: {
      ...{ host, port, user: "postgres", database: "postgres" },
      sslmode: "disable",
    },
    slot,
    publication,
  });
  const subscribed = since();
  await subscription[Symbol.asyncIterator]().next();
  return { imported, subscribed, delivered: since() };
}
