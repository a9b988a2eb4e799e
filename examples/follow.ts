/**
 * Follows a database on any runtime: this file runs as it is, from a clone.
 *
 * ```sh
 * node examples/follow.ts postgres://app@localhost/shop search_indexer shop
 * bun examples/follow.ts postgres://app@localhost/shop search_indexer shop
 * deno run -A examples/follow.ts postgres://app@localhost/shop search_indexer shop
 * ```
 *
 * It creates the slot if there is none, prints each change as a line of JSON, and ends at
 * the end of the log. It requires Node 22.18 or later.
 *
 * @module
 */
import { type ReplicationEvent, subscribe } from "../mod.ts";
import process from "node:process";

const [connection = "", slot = "", publication = ""] = process.argv.slice(2);
const subscription = await subscribe({
  connection,
  slot: { name: slot, create: true },
  publication,
  until: "now",
});
for await (const event of subscription) {
  const line = describe(event);
  if (line !== null) process.stdout.write(`${JSON.stringify(line, toText)}\n`);
}

function describe(event: ReplicationEvent): unknown {
  switch (event.kind) {
    case "insert":
    case "update":
      return { [event.kind]: event.relation.name, row: event.newRow };
    case "delete":
      return { delete: event.relation.name, row: event.oldRow ?? event.key };
    default:
      return null;
  }
}

// JSON has no bigint, and no symbol for what is unchanged.
function toText(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
