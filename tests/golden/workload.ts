/**
 * What `capture.ts` runs on each server, and what the tests of the decoder know
 * about the bytes that came of it. A statement that changes something here needs a
 * new capture, and new expectations in `tests/pgoutput/golden_test.ts`.
 *
 * @module
 */

/**
 * A message of the golden files: its position according to
 * `pg_logical_slot_peek_binary_changes` (a walsender says `0/0` for some), its bytes.
 * Streamed messages have the positions of a walsender.
 */
export type GoldenMessage = readonly [lsn: string, hex: string];

/** The content of `pgoutput_<major>.json`. */
export interface Golden {
  /** `server_version` of the server that sent the bytes. */
  readonly serverVersion: string;
  /** Before and after the workload, in microseconds since 1970-01-01 UTC. */
  readonly capturedBetween: readonly [string, string];
  /** {@linkcode WORKLOAD}, at the time of the capture. */
  readonly sql: readonly string[];
  /** What pgoutput sent for it. */
  readonly messages: readonly GoldenMessage[];
  /** The same with the option `binary`: its changes of less than 1000 bytes. */
  readonly binaryMessages: readonly GoldenMessage[];
  /** What a slot with `TWO_PHASE` sent for {@linkcode TWO_PHASE_WORKLOAD}. */
  readonly twoPhaseMessages: readonly GoldenMessage[];
  /** What a walsender sent for {@linkcode STREAMED_WORKLOAD}, with `streaming` `'on'`. */
  readonly streamedMessages: readonly GoldenMessage[];
  /** The same with `'parallel'`; nothing before PostgreSQL 16. */
  readonly parallelMessages: readonly GoldenMessage[];
  /**
   * What it sent for {@linkcode STREAMED_TWO_PHASE_WORKLOAD}; nothing before
   * PostgreSQL 15.
   */
  readonly streamedTwoPhaseMessages: readonly GoldenMessage[];
}

/** Run before the slot is made, so that it leaves no messages. */
export const SETUP: readonly string[] = [
  `CREATE TYPE mood AS ENUM ('sad', 'happy')`,
  `CREATE DOMAIN positive AS int4 CHECK (VALUE > 0)`,
  `CREATE SCHEMA "Sché ma"`,
  `CREATE TYPE "Sché ma"."Pair" AS (a int4, b text)`,
  `CREATE TABLE with_default (id int4 PRIMARY KEY, name varchar(20), big text)`,
  `ALTER TABLE with_default ALTER big SET STORAGE EXTERNAL`,
  `CREATE TABLE with_index (id int4, code text NOT NULL, note text)`,
  `CREATE UNIQUE INDEX with_index_code ON with_index (code)`,
  `ALTER TABLE with_index REPLICA IDENTITY USING INDEX with_index_code`,
  `CREATE TABLE with_full (id int4, price numeric(8, 2), big text)`,
  `ALTER TABLE with_full ALTER big SET STORAGE EXTERNAL`,
  `ALTER TABLE with_full REPLICA IDENTITY FULL`,
  `CREATE TABLE with_big_key (key text PRIMARY KEY, note text)`,
  `ALTER TABLE with_big_key ALTER key SET STORAGE EXTERNAL`,
  `CREATE TABLE with_nothing (id int4 PRIMARY KEY)`,
  `ALTER TABLE with_nothing REPLICA IDENTITY NOTHING`,
  `CREATE TABLE own_types (m mood, p positive, q "Sché ma"."Pair", ms mood[])`,
  `CREATE TABLE "Sché ma"."Odd ""name""" (dropped int4, "größe" text, b bytea)`,
  `ALTER TABLE "Sché ma"."Odd ""name""" DROP dropped`,
  `CREATE TABLE no_columns ()`,
  `CREATE TABLE parent (id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY)`,
  `CREATE TABLE child (parent int4 REFERENCES parent)`,
  `CREATE TABLE filler (id int4)`,
  `CREATE PUBLICATION golden FOR ALL TABLES`,
  `CREATE PUBLICATION streamed FOR TABLE own_types, with_default, with_nothing`,
  `SELECT pg_replication_origin_create('upstream')`,
];

/**
 * Each leaves one transaction, or none. The prefixes `xid` and `oid` mark messages
 * that hold, as text, an id which the messages around them must have.
 */
export const WORKLOAD: readonly string[] = [
  `BEGIN;
   SELECT pg_logical_emit_message(true, 'xid', pg_current_xact_id()::text);
   SELECT pg_logical_emit_message(true, 'oid', 'with_default'::regclass::oid::text);
   INSERT INTO with_default VALUES (1, 'a', repeat('x', 2100)), (2, NULL, '');
   COMMIT`,
  `UPDATE with_default SET name = 'b' WHERE id = 1`,
  `UPDATE with_default SET id = -2147483648 WHERE id = 2`,
  `DELETE FROM with_default WHERE id = 1`,
  `INSERT INTO with_index VALUES (1, 'one', NULL)`,
  `UPDATE with_index SET note = 'äöü€😀' WHERE id = 1`,
  `UPDATE with_index SET code = 'eins' WHERE id = 1`,
  `DELETE FROM with_index WHERE id = 1`,
  `INSERT INTO with_full VALUES (1, 19.90, repeat('y', 2100)), (2, NULL, NULL)`,
  `UPDATE with_full SET price = 'NaN' WHERE id = 1`,
  `DELETE FROM with_full WHERE id = 2`,
  `INSERT INTO with_big_key VALUES (repeat('z', 2100), 'before')`,
  `UPDATE with_big_key SET note = 'after'`,
  `INSERT INTO with_nothing VALUES (2147483647)`,
  `BEGIN;
   SELECT pg_logical_emit_message(true, 'oid', 'mood'::regtype::oid::text);
   SELECT pg_logical_emit_message(true, 'oid', 'positive'::regtype::oid::text);
   INSERT INTO own_types VALUES ('happy', 7, (1, 'x,"y'), '{sad,NULL}');
   COMMIT`,
  String.raw`INSERT INTO "Sché ma"."Odd ""name""" VALUES ('1', '\x00ff')`,
  `INSERT INTO no_columns DEFAULT VALUES`,
  `BEGIN;
   INSERT INTO parent DEFAULT VALUES;
   INSERT INTO child SELECT id FROM parent;
   COMMIT`,
  `TRUNCATE with_index, with_nothing`,
  `TRUNCATE parent CASCADE`,
  `TRUNCATE with_full RESTART IDENTITY`,
  `TRUNCATE parent RESTART IDENTITY CASCADE`,
  `SELECT pg_replication_origin_session_setup('upstream')`,
  `BEGIN;
   SELECT pg_replication_origin_xact_setup('FFFFFFFE/12345678', '1999-12-31 23:59:59.999999+00');
   INSERT INTO with_nothing VALUES (1);
   COMMIT`,
  `SELECT pg_replication_origin_session_reset()`,
  String
    .raw`SELECT pg_logical_emit_message(false, 'préfixe', '\x00ff00'::bytea)`,
  `BEGIN;
   SELECT pg_logical_emit_message(false, 'kept', 'rolled back');
   SELECT pg_logical_emit_message(true, 'dropped', 'rolled back');
   ROLLBACK`,
  `SELECT pg_logical_emit_message(true, '', '')`,
  `BEGIN;
   ALTER TABLE with_index ADD added timestamptz DEFAULT '2001-02-03 04:05:06.789+00';
   INSERT INTO with_index VALUES (3, 'three', NULL);
   COMMIT`,
];

/** For PostgreSQL 15 and later, whose pgoutput knows prepared transactions. */
export const TWO_PHASE_WORKLOAD: readonly string[] = [
  `BEGIN;
   SELECT pg_logical_emit_message(true, 'xid', pg_current_xact_id()::text);
   INSERT INTO with_nothing VALUES (10);
   PREPARE TRANSACTION 'first "gid"'`,
  `COMMIT PREPARED 'first "gid"'`,
  `BEGIN;
   SELECT pg_logical_emit_message(true, 'xid', pg_current_xact_id()::text);
   INSERT INTO with_nothing VALUES (11);
   PREPARE TRANSACTION 'second'`,
  `ROLLBACK PREPARED 'second'`,
];

// More than the 64 kB which the server keeps to itself of a transaction, and nothing of
// it in the publication `streamed`, so that the blocks are small.
const FILL = "INSERT INTO filler SELECT generate_series(1, 1000)";

/**
 * For walsenders which are given so little memory that they send what has come of a
 * transaction after each step. The prefix `xid` marks the id of the transaction.
 */
export const STREAMED_WORKLOAD: readonly string[] = [
  `BEGIN;
   SELECT pg_logical_emit_message(true, 'xid', pg_current_xact_id()::text);
   INSERT INTO own_types VALUES ('happy', 7, (1, 'x'), '{sad}');
   ${FILL}`,
  `SAVEPOINT a;
   INSERT INTO with_default VALUES (101, 'rolled back');
   ${FILL}`,
  `ROLLBACK TO a;
   INSERT INTO with_default VALUES (100, 'kept');
   ${FILL}`,
  `UPDATE with_default SET name = 'b' WHERE id = 100;
   DELETE FROM with_default WHERE id = 100;
   TRUNCATE with_nothing;
   ${FILL}`,
  `SELECT pg_logical_emit_message(true, 'last', '');
   COMMIT`,
  `BEGIN;
   INSERT INTO with_nothing VALUES (20);
   ${FILL}`,
  `ROLLBACK`,
  `SELECT pg_replication_origin_session_setup('upstream')`,
  `BEGIN;
   INSERT INTO with_nothing VALUES (21);
   ${FILL}`,
  `COMMIT`,
  `SELECT pg_replication_origin_session_reset()`,
];

/** The same for a slot with `TWO_PHASE`. */
export const STREAMED_TWO_PHASE_WORKLOAD: readonly string[] = [
  `BEGIN;
   INSERT INTO with_nothing VALUES (22);
   ${FILL}`,
  `PREPARE TRANSACTION 'streamed'`,
  `COMMIT PREPARED 'streamed'`,
];
