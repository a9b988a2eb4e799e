/**
 * Keeps a consumer's position in a file. It brings its own database, and ends by itself:
 *
 * ```sh
 * deno run -A examples/checkpoint_file.ts
 * ```
 *
 * What is done between two checkpoints comes again after a crash: at least once. Nor does a
 * file keep a process that was paused from doing again what its heir has done: for that,
 * keep the position with the data, see checkpoint_postgres.ts.
 *
 * @module
 */
import {
  type Checkpoint,
  type CheckpointStore,
  subscribe,
} from "@walbrook/walbrook";
import {
  formatCheckpoint,
  parseCheckpoint,
} from "./checkpoint/checkpoint_text.ts";
import { runOnShop, SLOT } from "./checkpoint/shop_demo.ts";

/** Keeps a position in a file of its own, which is whole at any time. */
export class FileCheckpointStore implements CheckpointStore {
  readonly #path: string;

  /** @param path The file; one with `.new` behind its name is made beside it. */
  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<Checkpoint | null> {
    try {
      return parseCheckpoint(await Deno.readTextFile(this.#path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const fresh = `${this.#path}.new`;
    {
      using file = await Deno.open(fresh, {
        write: true,
        create: true,
        truncate: true,
      });
      let bytes = new TextEncoder().encode(formatCheckpoint(checkpoint));
      while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
      // On the disk before it takes the old one's place, which a crash else leaves empty.
      await file.sync();
    }
    await Deno.rename(fresh, this.#path);
    await syncDirectoryOf(this.#path);
  }
}

/** A rename lasts once its directory is on the disk; Windows can't and needn't do so. */
async function syncDirectoryOf(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const end = path.lastIndexOf("/");
  using directory = await Deno.open(end < 0 ? "." : path.slice(0, end + 1));
  await directory.sync();
}

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
  const [, given] = Deno.args;
  if (given !== undefined) return await runOnShop((url) => follow(url, given));
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/position.json`;
    await runOnShop((url) => follow(url, path));
    console.log(`Kept: ${await Deno.readTextFile(path)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
