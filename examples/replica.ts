/**
 * Keeps a copy of a shop in another PostgreSQL database: the existing rows, and then every
 * change, exactly once, including new columns. It starts its own databases, and ends by
 * itself:
 *
 * ```sh
 * deno run -A examples/replica.ts
 * ```
 *
 * @module
 */
import pg from "pg";
import { subscribe } from "@walbrook/walbrook";
import { applyToPostgres } from "@walbrook/walbrook/apply";
import { JSON_AS_TEXT } from "@walbrook/walbrook/encode";
import { deliver } from "@walbrook/walbrook/sink";
import { startShopDatabase } from "./demo/shop_database.ts";

/** The tables of both databases, as one text. */
async function contents(client: pg.Client | pg.Pool): Promise<string> {
  const tables = ["customers", "products", "orders", "carts"];
  const parts = tables.map((table) =>
    `SELECT '${table}' AS t, count(*)::int AS n, md5(coalesce(string_agg(x::text, '|' ORDER BY x::text), '')) AS h FROM ${table} AS x`
  );
  const { rows } = await client.query(
    parts.join(" UNION ALL "),
  );
  return (rows as { t: string; n: number; h: string }[])
    .map(({ t, n, h }) => `${t}: ${n} rows, ${h.slice(0, 8)}`).join("\n");
}

async function main(): Promise<void> {
  console.log("Starting a demo database …");
  await using shop = await startShopDatabase();
  const source = new pg.Client({ connectionString: shop.url });
  await source.connect();
  await source.query("CREATE DATABASE copy");
  const copyUrl = new URL(shop.url);
  copyUrl.pathname = "/copy";
  const pool = new pg.Pool({ connectionString: copyUrl.href });
  void shop.open().catch(() => {});

  const replica = applyToPostgres(pool);
  const options = {
    connection: shop.url,
    slot: { name: "replica", create: true },
    publication: shop.publication,
    acknowledge: "manual",
    checkpoint: replica.checkpoint,
    snapshot: "initial",
    types: JSON_AS_TEXT,
  } as const;
  const sink = deliver(await subscribe(options), replica);
  while (sink.report().destinations[0]!.delivered < 60) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await source.query("ALTER TABLE customers ADD COLUMN points int");
  await source.query("UPDATE customers SET points = id * 10");
  await sink.close();

  // Whatever has committed by now, from where the copy stands.
  const last = applyToPostgres(pool);
  await source.query("BEGIN");
  await source.query(
    "LOCK TABLE customers, products, orders, carts IN EXCLUSIVE MODE",
  );
  const subscription = await subscribe({
    ...options,
    checkpoint: last.checkpoint,
    until: "now",
  });
  await deliver(subscription, last).done;
  const [there, here] = [await contents(source), await contents(pool)];
  await source.query("COMMIT");
  console.log(here);
  console.log(
    there === here ? "The copy equals the shop" : `The shop has\n${there}`,
  );
  await pool.end();
  await source.end();
}

if (import.meta.main) await main();
