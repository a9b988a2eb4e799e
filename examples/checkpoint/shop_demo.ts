import process from "node:process";
import { connect } from "@walbrook/walbrook/replication";
import { startShopDatabase } from "../demo/shop_database.ts";

/** The slot of the consumers in these examples. */
export const SLOT = "checkpoint_example";

/**
 * Follows the publication `shop` up to now, and ends.
 *
 * @param url The database.
 * @returns How many transactions came.
 */
export type Follow = (url: string) => Promise<number>;

/**
 * Lets a consumer run twice on a demo database: the second run goes on where the first
 * one ended. With a URL as the program's first argument it runs once, on that database,
 * which has to have the publication `shop` and the slot {@linkcode SLOT}.
 *
 * @param follow The consumer.
 */
export async function runOnShop(follow: Follow): Promise<void> {
  const url = process.argv[2];
  if (url !== undefined) {
    console.log(`${await follow(url)} transactions`);
    return;
  }
  console.log("Starting a demo database …");
  await using shop = await startShopDatabase();
  {
    await using connection = await connect(shop.url);
    await connection.createReplicationSlot(SLOT, { kind: "logical" });
  }
  const business = shop.open();
  for (const run of ["First", "Second"]) {
    await Promise.race([business, pause(3000)]);
    console.log(`${run} run: ${await follow(shop.url)} transactions`);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
