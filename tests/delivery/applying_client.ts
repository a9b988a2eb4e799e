/**
 * A process that applies transactions to a database, with its position in the same
 * transactions, as examples/checkpoint_postgres.ts has it: to be paused, and to be the heir
 * of one that is.
 *
 * Arguments: the source's URL, the slot, the publication, the target's URL, and `fenced`, or
 * `unfenced` for a position that is kept apart from the data and moved by anyone, as one in a
 * file is. Each inserted row's `id` goes to the table `applied`. Says `open`, `retrying` and
 * a SQLSTATE for each attempt that follows, and in the end `ended` and
 * the name and reason of its error.
 */
import {
  PostgresError,
  subscribe,
  type SubscriptionError,
} from "@walbrook/walbrook";
import { PostgresCheckpointStore } from "@walbrook/walbrook/checkpoint";
import { inTransaction, openPool } from "../../examples/checkpoint_postgres.ts";

const [connection, slot, publication, target, kind] = Deno.args as string[] as [
  string,
  string,
  string,
  string,
  "fenced" | "unfenced",
];

/** Keeps the higher position, whoever moves it. */
class UnfencedStore extends PostgresCheckpointStore {
  override async save(
    checkpoint: Parameters<PostgresCheckpointStore["save"]>[0],
  ): Promise<void> {
    await super.save(checkpoint).catch(() => {});
  }
}

const pool = openPool(target);
const store = kind === "fenced"
  ? new PostgresCheckpointStore(pool, slot)
  : new UnfencedStore(pool, slot);
try {
  const subscription = await subscribe({
    connection,
    slot: { name: slot, wait: true },
    publication,
    checkpoint: store,
    retry: { initialDelayMs: 50, maxDelayMs: 50 },
    onStatus: (status) => {
      if (status.state !== "retrying") return;
      const { error } = status;
      console.log(
        `retrying ${error instanceof PostgresError ? error.code : error}`,
      );
    },
  });
  console.log("open");
  for await (const transaction of subscription.transactions()) {
    await inTransaction(pool, async (client) => {
      for (const change of transaction.changes) {
        if (change.kind !== "insert") continue;
        await client.query("INSERT INTO applied VALUES ($1)", [
          String(change.newRow["id"]),
        ]);
      }
      if (kind === "unfenced") return;
      await store.saveIn(client, subscription.checkpointAfter(transaction));
    });
  }
} catch (error) {
  const { name, reason = "" } = error as SubscriptionError;
  console.log(`ended ${name} ${reason}`);
}
// What is under way in the target is of no use any more.
Deno.exit();
