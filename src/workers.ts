/**
 * Follows a database from Cloudflare Workers: `subscribe()` with the sockets of
 * `cloudflare:sockets`. A bundle of this module contains no other runtime's code; import
 * everything else from `@walbrook/walbrook`.
 *
 * A Worker's TLS always verifies the certificate and the name against the runtime's own list
 * of authorities, and has no other options. Of libpq's `sslmode`s it therefore supports
 * `verify-full` with `sslrootcert=system`, which is the default here, and `disable`; the
 * others, custom root certificates and client certificates are rejected.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook/workers";
 *
 * export default {
 *   async scheduled(): Promise<void> {
 *     const subscription = await subscribe({
 *       connection: "postgres://app@db.example.com/shop",
 *       slot: "search_indexer",
 *       publication: "shop",
 *       until: "now",
 *     });
 *     for await (const event of subscription) console.log(event.kind);
 *   },
 * };
 * ```
 *
 * @module
 */
import { dial, environment } from "./socket/workers.ts";
import { openSubscription } from "./subscription/open_subscription.ts";
import type { Relation, Row } from "./events/relation.ts";
import type { ReplicationEvent } from "./events/event.ts";
import type { SubscribeOptions } from "./subscription/subscribe_options.ts";
import type { OptionsFor } from "./subscription/typed_options.ts";
import type { Subscription } from "./subscription/views/subscription.ts";
import type { EventOf } from "./events/typed_event.ts";
import type { AnyTables } from "./events/typed_table.ts";

export { dial, environment };
export type { Relation, ReplicationEvent, Row, SubscribeOptions, Subscription };
export type { Checkpoint, CheckpointStore } from "./preflight/checkpoint.ts";
export { tableName } from "./events/table_name.ts";
export { UNCHANGED } from "./unchanged.ts";

/**
 * Follows the changes of a PostgreSQL database, like `subscribe()` of `@walbrook/walbrook`,
 * over a Worker's sockets. The subscription belongs to the request, alarm or Durable Object
 * that opened it, and ends with it.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook/workers";
 *
 * const subscription = await subscribe({
 *   connection: "postgres://app@db.example.com/shop",
 *   slot: "search_indexer",
 *   publication: "shop",
 *   until: "now",
 * });
 * for await (const event of subscription) console.log(event.kind);
 * ```
 *
 * @typeParam Tables The tables that the program knows; {@linkcode EventOf} derives the
 * events' types from them. Types written by `generateTypes()` require the options for which
 * they were generated.
 * @param options What to subscribe to, and how.
 * @returns The running subscription.
 * @throws {SubscriptionError} If the server is not configured for it.
 * @throws {PostgresError} If the server rejects the login, a missing privilege or a slot in
 * use.
 * @throws {AuthenticationError} If this side rejects the login.
 * @throws {ConnectionError} If the server can't be reached.
 */
export async function subscribe<Tables = AnyTables>(
  options: SubscribeOptions & OptionsFor<Tables>,
): Promise<Subscription<EventOf<Tables>>> {
  return await openSubscription<EventOf<Tables>>(options, {
    dial: options.dial ?? dial,
    environment: options.environment ?? environment,
  });
}
