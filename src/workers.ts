/**
 * Following a database from Cloudflare Workers: `subscribe()` with the sockets of
 * `cloudflare:sockets`. A bundle of this module holds no other runtime's code; what
 * else a Worker needs comes from `@walbrook/walbrook`.
 *
 * A Worker's TLS always checks the certificate and the name, against the runtime's own
 * list of authorities, and takes no other instructions. So of libpq's `sslmode`s there
 * are `verify-full` with `sslrootcert=system`, which is the default here, and
 * `disable`; the others, a root certificate of one's own and client certificates
 * are refused.
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
import type { Subscription } from "./subscription/views/subscription.ts";

export { dial, environment };
export type { Relation, ReplicationEvent, Row, SubscribeOptions, Subscription };
export { UNCHANGED } from "./unchanged.ts";

/**
 * Follows the changes of a PostgreSQL database, as `subscribe()` of
 * `@walbrook/walbrook` does, with a Worker's sockets. The subscription belongs to the
 * request, alarm or Durable Object in which it was opened, and ends with it.
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
 * @param options What to subscribe to, and how.
 * @returns The running subscription.
 * @throws {SubscriptionError} If the server is not set up for it.
 * @throws {PostgresError} If the server refuses: login, rights, a slot in use.
 * @throws {AuthenticationError} If this side refuses the login.
 * @throws {ConnectionError} If the server can't be reached.
 */
export async function subscribe(
  options: SubscribeOptions,
): Promise<Subscription> {
  return await openSubscription(options, {
    dial: options.dial ?? dial,
    environment: options.environment ?? environment,
  });
}
