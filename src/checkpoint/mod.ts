/**
 * Stores for the position of a subscription and the progress of its copies: in a file, in
 * Deno KV, or in PostgreSQL, in one transaction with the data.
 *
 * @example
 * ```ts
 * import { FileCheckpointStore } from "@walbrook/walbrook/checkpoint";
 *
 * const checkpoint = new FileCheckpointStore("/var/lib/shop/position.json");
 * // subscribe({ checkpoint, snapshot: "initial", … })
 * console.log(checkpoint.path);
 * ```
 *
 * @module
 */
export { formatCheckpoint, parseCheckpoint } from "./checkpoint_text.ts";
export {
  FileCheckpointStore,
  type FileCheckpointStoreOptions,
} from "./file_checkpoint_store.ts";
export { KvCheckpointStore } from "./kv_checkpoint_store.ts";
export type { KvAtomic, KvDatabase, KvEntry, KvKey } from "./kv_database.ts";
export {
  PostgresCheckpointStore,
  type PostgresCheckpointStoreOptions,
  type PostgresQueryable,
} from "./postgres_checkpoint_store.ts";
export type { SystemIdentity } from "../preflight/checkpoint.ts";
