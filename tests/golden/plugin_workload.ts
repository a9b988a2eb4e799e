/**
 * What `capture_plugins.ts` runs on each server: the same tables and changes for every
 * output plugin, so that what they say can be compared.
 *
 * @module
 */

/** A message: its position, and its bytes, as text where they are UTF-8. */
export type PluginMessage = readonly [
  lsn: string,
  data: string | { readonly hex: string },
];

/** The content of `test_decoding_<major>.json` and its kin. */
export interface PluginGolden {
  /** `server_version` of the server that sent the bytes. */
  readonly serverVersion: string;
  /** The plugin's options, and what it sent with them. */
  readonly captures: readonly {
    readonly options: Readonly<Record<string, string>>;
    readonly messages: readonly PluginMessage[];
  }[];
}

/** Run before the slots are made. The publication is for pgoutput. */
export const SETUP: readonly string[] = [
  `CREATE TYPE mood AS ENUM ('sad', 'it''s fine')`,
  `CREATE DOMAIN positive AS int4 CHECK (VALUE > 0)`,
  `CREATE SCHEMA "Sché ma"`,
  `CREATE TYPE "Sché ma"."Pa]ir" AS (a int4, b text)`,
  `CREATE TABLE by_default (id int4 PRIMARY KEY, name varchar(20), big text)`,
  `ALTER TABLE by_default ALTER big SET STORAGE EXTERNAL`,
  `CREATE TABLE by_index (id int4, code text NOT NULL, note text)`,
  `CREATE UNIQUE INDEX by_index_code ON by_index (code)`,
  `ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code`,
  `CREATE TABLE by_full (id int4, price numeric(8, 2), big text)`,
  `ALTER TABLE by_full ALTER big SET STORAGE EXTERNAL`,
  `ALTER TABLE by_full REPLICA IDENTITY FULL`,
  `CREATE TABLE by_big_key (key text PRIMARY KEY, note text)`,
  `ALTER TABLE by_big_key ALTER key SET STORAGE EXTERNAL`,
  `CREATE TABLE by_nothing (id int4 PRIMARY KEY)`,
  `ALTER TABLE by_nothing REPLICA IDENTITY NOTHING`,
  `CREATE TABLE typed (
     id int4 PRIMARY KEY, "bool" bool, i2 int2, i8 int8, n numeric, f4 float4, f8 float8,
     o oid, b bytea, c char(4), "char" "char", v varchar(9), t text, j json, jb jsonb,
     d date, ti time, titz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid,
     bits bit(3), vbits varbit, ip inet, net cidr, mac macaddr, pt point, bx box,
     r int4range, mr nummultirange, m mood, p positive, q "Sché ma"."Pa]ir",
     ia int4[], ta text[], va varchar[], na numeric[], ba bool[], tsa timestamptz[],
     bya bytea[], ma mood[], ja jsonb[], lsn pg_lsn, x xml, tsv tsvector, mon money
   )`,
  `CREATE TABLE "Sché ma"."Odd ""na[me]"""
     (dropped int4, "größe [x]:" text, "a""b" text, "select" int4 PRIMARY KEY)`,
  `ALTER TABLE "Sché ma"."Odd ""na[me]""" DROP dropped`,
  `CREATE TABLE parent (id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY)`,
  `CREATE TABLE child (id int4 PRIMARY KEY, parent int4 REFERENCES parent)`,
  `CREATE PUBLICATION compared FOR ALL TABLES`,
  `SELECT pg_replication_origin_create('upstream')`,
];

const BIG = "repeat('x', 2100)";

/** Each leaves one transaction, or none. */
export const WORKLOAD: readonly string[] = [
  `INSERT INTO by_default VALUES (1, 'a', ${BIG}), (2, NULL, ''), (3, 'null', E'\\'\\n\\\\')`,
  `UPDATE by_default SET name = 'b' WHERE id = 1`,
  `UPDATE by_default SET id = -2147483648 WHERE id = 2`,
  `DELETE FROM by_default WHERE id = 1`,
  `INSERT INTO by_index VALUES (1, 'one', NULL)`,
  `UPDATE by_index SET note = 'äöü€😀 new-tuple: a[text]:''b''' WHERE id = 1`,
  `UPDATE by_index SET code = 'eins' WHERE id = 1`,
  `DELETE FROM by_index WHERE id = 1`,
  `INSERT INTO by_full VALUES (1, 19.90, ${BIG}), (2, NULL, NULL)`,
  `UPDATE by_full SET price = 'NaN' WHERE id = 1`,
  `DELETE FROM by_full WHERE id = 2`,
  `INSERT INTO by_big_key VALUES (${BIG}, 'before')`,
  `UPDATE by_big_key SET note = 'after'`,
  `INSERT INTO by_nothing VALUES (2147483647)`,
  `INSERT INTO typed (id) VALUES (0)`,
  String.raw`INSERT INTO typed VALUES
   (1, true, -32768, 9223372036854775807, 123456789012345678901234567890.120, 1.1, 0.1,
    4294967295, '\x00ff', 'ab', 'q', 'v', 'it''s', '{"a" : 1e2}', '{"b": [null, 1.50]}',
    '0044-03-15 BC', '24:00', '12:34:56.789+05:30', '2024-02-29 12:34:56.789012',
    '2024-02-29 12:34:56.789012+00', '1 year -3 days 04:05:06.789',
    '0b5e1c9e-4b1c-4a68-9a4b-7f9b3e2f6a01', '101', '10101', '10.0.0.1', '10.0.0.0/8',
    '08:00:2b:01:02:03', '(1,2)', '(1,1),(0,0)', '[1,5)', '{[1,2.5)}', 'it''s fine', 7,
    (1, 'x,"y'), '{1,NULL}', '{"a b",NULL,"null"}', '{v}', '{1.50,NaN}', '{t,f,NULL}',
    '{"2024-02-29 12:34:56.789012+00",infinity}', '{"\\x00ff"}', '{sad,"it''s fine"}',
    '{"{\"a\": 1}"}', '16/B374D848', '<a b="c"/>', 'fat:1A cat:2', 12.34),
   (2, false, 0, -9223372036854775808, 'NaN', 'NaN', '-Infinity', 0, '', '', '', '', '',
    'null', 'null', 'infinity', '00:00', '24:00:00-08', '-infinity', '294276-12-31 23:59:59.999999+00',
    '-1 days', '00000000-0000-0000-0000-000000000000', '000', '', '::1', '::/0',
    '00:00:00:00:00:00', '(1e300,-0)', '(1,1),(0,0)', 'empty', '{}', 'sad', 1, (NULL, NULL),
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '0/0', '', '', -1234.5),
   (3, NULL, 1, 0, 'Infinity', '-0', '5e-324', 1, NULL, NULL, NULL, NULL, '€', '"x"', '"x"',
    '5874897-12-31', '23:59:59.999999', '00:00:00+15:59', '4713-01-01 00:00:00 BC',
    'infinity', '00:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '(,)',
    NULL, NULL, NULL, NULL, '{{1,2},{3,4}}', '[0:1]={a,b}', NULL, '{-0.00}', NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  `INSERT INTO "Sché ma"."Odd ""na[me]""" VALUES ('1', '', 5)`,
  `UPDATE "Sché ma"."Odd ""na[me]""" SET "select" = 6`,
  `BEGIN;
   INSERT INTO parent DEFAULT VALUES;
   INSERT INTO child SELECT 1, id FROM parent;
   COMMIT`,
  `TRUNCATE by_index, by_nothing`,
  `TRUNCATE parent CASCADE`,
  `TRUNCATE by_full RESTART IDENTITY`,
  `TRUNCATE parent RESTART IDENTITY CASCADE`,
  `SELECT pg_replication_origin_session_setup('upstream')`,
  `BEGIN;
   SELECT pg_replication_origin_xact_setup('FFFFFFFE/12345678', '1999-12-31 23:59:59.999999+00');
   INSERT INTO by_nothing VALUES (1);
   COMMIT`,
  `SELECT pg_replication_origin_session_reset()`,
  String.raw`SELECT pg_logical_emit_message(false, 'préfixe', 'at once')`,
  `BEGIN;
   SELECT pg_logical_emit_message(true, 'p, sz: 3 content:', 'a''b');
   INSERT INTO child VALUES (9, NULL);
   SELECT pg_logical_emit_message(true, '', '');
   COMMIT`,
  `BEGIN;
   SELECT pg_logical_emit_message(false, 'kept', 'rolled back');
   SELECT pg_logical_emit_message(true, 'dropped', 'rolled back');
   INSERT INTO child VALUES (10, NULL);
   ROLLBACK`,
  `BEGIN;
   ALTER TABLE by_index ADD added timestamptz DEFAULT '2001-02-03 04:05:06.789+00';
   INSERT INTO by_index VALUES (3, 'three', NULL);
   COMMIT`,
];

/** Prepared transactions; on a slot that decodes them as such. */
export const PREPARED_WORKLOAD: readonly string[] = [
  `SELECT pg_logical_emit_message(false, 'bytes', '\\x00ff'::bytea)`,
  `BEGIN; INSERT INTO child VALUES (20, NULL); PREPARE TRANSACTION 'it''s \\'`,
  `COMMIT PREPARED 'it''s \\'`,
  `BEGIN; INSERT INTO child VALUES (21, NULL); PREPARE TRANSACTION 'second'`,
  `ROLLBACK PREPARED 'second'`,
];

/** Transactions that are streamed with \`logical_decoding_work_mem = 64kB\`. */
export const STREAMED_WORKLOAD: readonly string[] = [
  `BEGIN;
   INSERT INTO child SELECT g, NULL FROM generate_series(1000, 1500) g;
   SELECT pg_logical_emit_message(true, 'streamed', 'content');
   TRUNCATE by_full;
   SAVEPOINT s;
   INSERT INTO child SELECT g, NULL FROM generate_series(3000, 3500) g;
   ROLLBACK TO s;
   COMMIT`,
  `BEGIN;
   INSERT INTO child SELECT g, NULL FROM generate_series(5000, 5500) g;
   PREPARE TRANSACTION 'streamed'`,
  `COMMIT PREPARED 'streamed'`,
];

const LONG = /x{1000,}/g;
const SHORT = /<x times (\d+)>/g;

/** Keeps the files small. */
export function abbreviate(json: string): string {
  return json.replaceAll(LONG, (run) => `<x times ${run.length}>`);
}

/** Reads one of the files. */
export function readPluginGolden(name: string): PluginGolden {
  const json = Deno.readTextFileSync(new URL(`${name}.json`, import.meta.url));
  return JSON.parse(
    json.replaceAll(SHORT, (_, times) => "x".repeat(Number(times))),
  );
}

/** The bytes of a message. */
export function bytesOf([, data]: PluginMessage): Uint8Array<ArrayBuffer> {
  return typeof data === "string"
    ? new TextEncoder().encode(data)
    : Uint8Array.fromHex(data.hex);
}
