import { connect } from "@walbrook/walbrook/replication";
import { startDemoServer } from "./demo_server.ts";
import { openShop, runShop, SHOP_PUBLICATION } from "./shop.ts";

/** A database with a small shop in it. Disposing it removes all. */
export interface ShopDatabase extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
  /** The publication of the shop's tables. */
  readonly publication: string;
  /**
   * Does business, for someone who watches already. Resolves when the database goes
   * away, and rejects if it breaks down before.
   */
  open(): Promise<void>;
}

/**
 * Starts a PostgreSQL server with the shop's tables and publication in it.
 *
 * @param signal Gives up; the promise then rejects.
 */
export async function startShopDatabase(
  signal?: AbortSignal,
): Promise<ShopDatabase> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startDemoServer(signal));
  const connection = stack.use(await connect(server.url));
  const execute = (sql: string) => connection.query(sql);
  await execute("SET search_path = public");
  await openShop(execute);
  const closing = new AbortController();
  let business: Promise<void> | undefined;
  stack.defer(async () => {
    closing.abort();
    await business?.catch(() => {}); // open() has told of it
  });
  const owned = stack.move();
  return {
    url: server.url,
    publication: SHOP_PUBLICATION,
    open() {
      business ??= runShop(execute, { signal: closing.signal });
      return business;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
