/**
 * Stores a consumer's position in a file. It starts its own database, and ends by itself:
 *
 * ```sh
 * deno run -A examples/checkpoint_file.ts
 * ```
 *
 * After a crash, the changes since the last checkpoint are delivered again: at least once. A
 * file also does not prevent a process that was paused from repeating the work of the process
 * that has replaced it. To prevent that, store the position with the data, as in
 * checkpoint_postgres.ts.
 *
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { subscribe } from "@walbrook/walbrook";
import { FileCheckpointStore } from "@walbrook/walbrook/checkpoint";
import { runOnShop, SLOT } from "./checkpoint/shop_demo.ts";

/** Prints what was ordered since the last run. */
async function follow(url: string, path: string): Promise<number> {
  await using subscription = await subscribe({
    connection: url,
    slot: SLOT,
    publication: "shop",
    until: "now",
    checkpoint: new FileCheckpointStore(path),
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
  const given = process.argv[3];
  if (given !== undefined) return await runOnShop((url) => follow(url, given));
  const folder = await mkdtemp(join(tmpdir(), "walbrook-"));
  try {
    const path = join(folder, "position.json");
    await runOnShop((url) => follow(url, path));
    console.log(`Kept: ${await readFile(path, "utf8")}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
