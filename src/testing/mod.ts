/**
 * A PostgreSQL server in memory, for tests of consumers: no port, no database, no waiting.
 *
 * @example
 * ```ts
 * import { subscribe } from "@walbrook/walbrook";
 * import { fakeServer } from "@walbrook/walbrook/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const server = fakeServer({
 *   publication: "shop",
 *   tables: { "public.orders": { columns: { id: "int" }, primaryKey: "id" } },
 * });
 * const subscription = await subscribe({
 *   ...server.options,
 *   slot: { name: "search", create: true },
 *   publication: "shop",
 * });
 * server.insert("public.orders", { id: 1 });
 * for await (const event of subscription) {
 *   if (event.kind !== "insert") continue;
 *   assertEquals(event.newRow, { id: 1 });
 *   break;
 * }
 * await subscription.close();
 * server.close();
 * ```
 *
 * @module
 */
export {
  type FakeCommit,
  FakeDatabase,
  type FakeTransactionOptions,
} from "./fake_database.ts";
export {
  FakeServer,
  fakeServer,
  type FakeServerConnection,
  type FakeSlot,
} from "./fake_server.ts";
export {
  FakeTransaction,
  type FakeTruncateOptions,
} from "./fake_transaction.ts";
export type {
  FakeAnswer,
  FakeServerOptions,
} from "./options/fake_server_options.ts";
export type {
  FakeColumn,
  FakeReplicaIdentity,
  FakeRow,
  FakeTable,
  FakeTableChange,
} from "./options/fake_table.ts";
export type { FakeType } from "./options/fake_type.ts";
export type { FakeRowOf, FakeTableName } from "./options/typed_rows.ts";
