// A program that applies changes until it is killed:
//
//   deno run -A tests/apply/apply_client.ts SOURCE_URL postgres TARGET_URL
//   deno run -A tests/apply/apply_client.ts SOURCE_URL sqlite FILE
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { subscribe } from "@walbrook/walbrook";
import { applyToPostgres, applyToSqlite } from "@walbrook/walbrook/apply";
import { deliver } from "@walbrook/walbrook/sink";

/** A client of `pg`, which has no types here. */
interface Emitter {
  on(event: "error", listener: () => void): unknown;
}

const [source = "", kind = "", target = ""] = Deno.args;

function openTarget(): ReturnType<typeof applyToSqlite> {
  if (kind === "sqlite") return applyToSqlite(new DatabaseSync(target));
  const pool = new pg.Pool({ connectionString: target });
  pool.on("error", () => {});
  // A connection may be lost before or after it is in use, too.
  pool.on("connect", (client: Emitter) => client.on("error", () => {}));
  return applyToPostgres(pool);
}

const replica = openTarget();
const subscription = await subscribe({
  connection: source,
  slot: { name: "s", wait: true },
  publication: "p",
  acknowledge: "manual",
  checkpoint: replica.checkpoint,
});
// Small batches: more places at which it can be killed.
await deliver(subscription, replica, { batch: { items: 40 } }).done;
