/**
 * A PostgreSQL server in memory, for tests of consumers: no port, no database, no waiting.
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
