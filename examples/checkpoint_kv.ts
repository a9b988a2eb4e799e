// Needs `--unstable-kv`: deno run -A --unstable-kv examples/checkpoint_kv.ts
/**
 * Stores a consumer's position in Deno KV. It starts its own database, and ends by itself.
 *
 * After a crash, the changes since the last checkpoint are delivered again: at least once.
 * This also does not prevent a process that was paused from repeating the work of the process
 * that has replaced it, unless the results are written to KV, too, in one atomic operation
 * with the position.
 *
 * @module
 */
import { subscribe } from "@walbrook/walbrook";
import {
  KvCheckpointStore,
  type KvDatabase,
} from "@walbrook/walbrook/checkpoint";
import { runOnShop, SLOT } from "./checkpoint/shop_demo.ts";

/** Deno KV, whose types are there only with `--unstable-kv`. */
type Kv = KvDatabase & Disposable;

/** Opens a store of keys and values. */
async function openKv(path: string): Promise<Kv> {
  const open: unknown = Reflect.get(Deno, "openKv");
  if (typeof open === "function") return await open(path);
  throw new TypeError(
    "Cannot open Deno KV: it is not switched on; run with --unstable-kv",
  );
}

/** Prints what was ordered since the last run. */
async function follow(url: string, kv: Kv): Promise<number> {
  await using subscription = await subscribe({
    connection: url,
    slot: SLOT,
    publication: "shop",
    until: "now",
    checkpoint: new KvCheckpointStore(kv, "orders"),
  });
  let transactions = 0;
  for await (const { changes } of subscription.transactions()) {
    transactions++;
    for (const change of changes) {
      if (change.kind !== "insert" || change.relation.name !== "orders") {
        continue;
      }
      console.log(`order ${change.newRow["id"]}: ${change.newRow["total"]}`);
    }
  }
  return transactions;
}

async function main(): Promise<void> {
  using kv = await openKv(Deno.args[1] ?? ":memory:");
  await runOnShop((url) => follow(url, kv));
}

if (import.meta.main) await main();
