import { bindRuntime } from "./socket/default_dial.ts";
import { openSubscription } from "./subscription/open_subscription.ts";
import type { SubscribeOptions } from "./subscription/subscribe_options.ts";
import type { OptionsFor } from "./subscription/typed_options.ts";
import type { Subscription } from "./subscription/views/subscription.ts";
import type { EventOf } from "./events/typed_event.ts";
import type { AnyTables } from "./events/typed_table.ts";

/**
 * Follows the changes of a PostgreSQL database.
 *
 * The server must run with `wal_level = logical`, the role needs the `REPLICATION`
 * attribute, and the publication must exist.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 *
 * await using subscription = await subscribe({
 *   connection: "postgres://app@localhost/shop",
 *   slot: "search_indexer",
 *   publication: "shop",
 * });
 * for await (const event of subscription) {
 *   if (event.kind === "insert") console.log(event.relation.name, event.newRow);
 * }
 * ```
 *
 * @typeParam Tables The tables that the program knows; {@linkcode EventOf} derives the
 * events' types from them. Types written by `generateTypes()` require the options for which
 * they were generated.
 * @param options What to subscribe to, and how.
 * @returns The running subscription, once the server has begun to stream.
 * @throws {TypeError | RangeError} If an option is missing, misspelled or invalid.
 * @throws {SubscriptionError} If the server is not configured for it: `wal_level`, slot or
 * publication; the message says what to do.
 * @throws {PostgresError} If the server rejects the login, a missing privilege or a slot in
 * use.
 * @throws {AuthenticationError} If this side rejects the login.
 * @throws {ConnectionError} If the server can't be reached.
 * @throws The reason of `signal`, if it is aborted.
 *
 * @category Subscribe
 */
export async function subscribe<Tables = AnyTables>(
  options: SubscribeOptions & OptionsFor<Tables>,
): Promise<Subscription<EventOf<Tables>>> {
  const runtime = bindRuntime(options);
  // Wrong options are reported first.
  runtime.catch(() => {});
  return await openSubscription<EventOf<Tables>>(options, runtime);
}
