import { type InsertEvent, subscribe } from "walbrook";

export async function follow(connection: string): Promise<InsertEvent[]> {
  const inserts: InsertEvent[] = [];
  const subscription = await subscribe({
    connection,
    slot: "shop",
    publication: "shop",
    until: "now",
  });
  for await (const event of subscription) {
    if (event.kind === "insert") inserts.push(event);
    // @ts-expect-error There is no such kind.
    if (event.kind === "upsert") break;
  }
  return inserts;
}
