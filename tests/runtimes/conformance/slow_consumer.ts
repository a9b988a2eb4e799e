import type { ConnectionOptions } from "../../../mod.ts";
import type { Case, Context } from "./context.ts";
import { expect, expectSame, pause } from "./expect.ts";
import { plain, PublishedTable, verified } from "./table.ts";

const MEBIBYTE = 2 ** 20;
const ROWS = 72;
// What the socket buffers of both sides may grow to, and what is on its way between them.
const AHEAD = 44 * MEBIBYTE;
const MEMORY = 48 * MEBIBYTE;

/** Consumers that are slower than the server. */
export const SLOW_CONSUMERS: readonly Case[] = [
  {
    capability: "Backpressure for a slow consumer, in bounded memory",
    run: (context) => consumeSlowly(context, "slow", plain(context)),
  },
  {
    capability: "… and over TLS",
    run: (context) => consumeSlowly(context, "slow_tls", verified(context)),
  },
];

async function consumeSlowly(
  context: Context,
  purpose: string,
  connection: ConnectionOptions,
): Promise<void> {
  await PublishedTable.with(context, purpose, async (table) => {
    // A transaction each, so that the server's position tells how much it has sent.
    await table.sql(
      `DO $$ BEGIN FOR i IN 1..${ROWS} LOOP
        INSERT INTO ${table.name} VALUES (i, repeat('x', ${MEBIBYTE}));
        COMMIT;
      END LOOP; END $$`,
    );
    const before = context.memory() ?? 0;
    const subscription = await table.subscribe({ until: "now" }, connection);
    let rows = 0;
    for await (const event of subscription) {
      if (event.kind !== "insert") continue;
      if (++rows === 1) {
        const sent = await settledSent(table);
        expect(sent < AHEAD, `the server got rid of ${sent} bytes`);
        // Later on, garbage that is not collected yet would be counted.
        const taken = (context.memory() ?? 0) - before;
        expect(taken < MEMORY, `it took ${taken} bytes of memory`);
      }
      expectSame(String(event.newRow["body"]).length, MEBIBYTE);
    }
    expectSame(rows, ROWS);
  });
}

// How much the server has sent, once it sends no more.
async function settledSent(table: PublishedTable): Promise<number> {
  let last = -1;
  for (let same = 0; same < 5;) {
    const [row] = await table.sql(
      `SELECT pg_wal_lsn_diff(sent_lsn, confirmed_flush_lsn) FROM pg_stat_replication, pg_replication_slots WHERE pid = active_pid AND slot_name = '${table.name}'`,
    );
    if (row === undefined) throw new Error("the server got rid of everything");
    const sent = Number(row[0]);
    same = sent === last ? same + 1 : 0;
    last = sent;
    await pause(50);
  }
  return last;
}
