/**
 * Follows the changes of a PostgreSQL database on the terminal, or as NDJSON for other
 * programs: the command `tail` of `@walbrook/cli`. Without a connection it shows those of a
 * demo database:
 *
 * ```sh
 * deno run -A examples/tail.ts
 * ```
 *
 * @module
 */
import process from "node:process";
import { main } from "@walbrook/cli";
import { startShopDatabase } from "./demo/shop_database.ts";

if (import.meta.main) {
  const status = await main(["tail", ...process.argv.slice(2)], {
    program: "deno run -A examples/tail.ts",
    demo: startShopDatabase,
  });
  // A write that nobody reads would keep the process alive.
  process.exit(status);
}
