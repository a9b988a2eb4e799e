import { assert } from "@std/assert";
import { join } from "node:path";
import { connectSql, type PostgresServer } from "../helpers/postgres.ts";

const SEGMENT_BYTES = 2n ** 24n;
// The number of transactions in a file of pg_xact, each of which takes two bits.
const XIDS_IN_FILE = 2 ** 20;
const XACT_FILE_BYTES = 2 ** 18;
// The offset in pg_control of the position of the last checkpoint. Source: pg_control.h.
const CHECKPOINT_AT = 32;
// The size of a record's header, and the offset of the checksum in it. Source: xlogrecord.h.
const [RECORD_HEADER, RECORD_CRC_AT] = [24, 20];
/** The number of transactions between the oldest one and the next one. */
const OLDEST_BEHIND = 1_000_000;

/**
 * Makes a server that has just been started continue with another transaction id, as
 * `pg_resetwal -x` does. The server packages on npm lack that program.
 *
 * @param server The server, without any clients.
 * @param next The next transaction's id.
 */
export async function setNextXid(
  server: PostgresServer,
  next: bigint,
): Promise<void> {
  const { dataDirectory } = server;
  const found = await freeze(server);
  await server.stop("fast");
  const control = join(dataDirectory, "global/pg_control");
  const controlBytes = await Deno.readFile(control);
  const lsn = view(controlBytes).getBigUint64(CHECKPOINT_AT, true);
  const segment = lsn / SEGMENT_BYTES;
  const wal = join(
    dataDirectory,
    "pg_wal",
    ["1", segment / 256n, segment % 256n].map((part) =>
      BigInt(part).toString(16).toUpperCase().padStart(8, "0")
    ).join(""),
  );
  const walBytes = await Deno.readFile(wal);
  const start = Number(lsn % SEGMENT_BYTES);
  const length = view(walBytes).getUint32(start, true);
  const record = walBytes.subarray(start, start + length);
  const crcOf = () =>
    crc32c(record.subarray(RECORD_HEADER), record.subarray(0, RECORD_CRC_AT));
  const crcAt = controlCrcAt(controlBytes);
  assert(view(record).getUint32(RECORD_CRC_AT, true) === crcOf());
  for (const bytes of [record, controlBytes.subarray(0, crcAt)]) {
    replaceXids(bytes, found, next);
  }
  view(record).setUint32(RECORD_CRC_AT, crcOf(), true);
  view(controlBytes).setUint32(
    crcAt,
    crc32c(controlBytes.subarray(0, crcAt)),
    true,
  );
  await Deno.writeFile(wal, walBytes);
  await Deno.writeFile(control, controlBytes);
  const name = Math.floor(Number(next % 2n ** 32n) / XIDS_IN_FILE).toString(16)
    .toUpperCase().padStart(4, "0");
  await Deno.writeFile(
    join(dataDirectory, "pg_xact", name),
    new Uint8Array(XACT_FILE_BYTES),
  );
  await own(dataDirectory, [
    wal,
    control,
    join(dataDirectory, "pg_xact", name),
  ]);
  await server.start();
}

// Makes all rows independent of the ids of transactions, and returns the next id.
async function freeze(server: PostgresServer): Promise<bigint> {
  const owner = connectSql(server.url);
  await owner("ALTER DATABASE template0 ALLOW_CONNECTIONS true");
  for (const database of ["template0", "template1", "postgres"]) {
    const url = new URL(server.url);
    url.pathname = database;
    await using sql = connectSql(url.href);
    await sql("VACUUM FREEZE");
  }
  await owner("SELECT pg_switch_wal()");
  await owner("CHECKPOINT");
  const next = await owner.value(
    "SELECT pg_snapshot_xmax(pg_current_snapshot())",
  );
  await owner.end();
  return BigInt(next!);
}

// Replaces the next id, after which come the next OID, two fields of MultiXacts, and the oldest
// id, which is replaced too.
function replaceXids(bytes: Uint8Array, from: bigint, to: bigint): void {
  const at = [...bytes.keys()].filter((i) =>
    i + 24 <= bytes.length && view(bytes).getBigUint64(i, true) === from
  );
  assert(at.length === 1, `The next transaction is found ${at.length} times`);
  view(bytes).setBigUint64(at[0]!, to, true);
  const oldest = Number(to) - OLDEST_BEHIND;
  view(bytes).setUint32(at[0]! + 20, oldest, true);
}

// Finds the checksum, which comes after all fields. Their size differs between versions.
function controlCrcAt(bytes: Uint8Array): number {
  for (let at = 200; at < 512; at += 4) {
    const crc = view(bytes).getUint32(at, true);
    if (crc === crc32c(bytes.subarray(0, at))) return at;
  }
  throw new Error("Cannot find the checksum of pg_control");
}

// Gives files to the owner of the data directory, as whom the server runs.
async function own(folder: string, paths: readonly string[]): Promise<void> {
  const { uid, gid } = await Deno.stat(folder);
  for (const path of paths) {
    await Deno.chmod(path, 0o600);
    if (uid !== null && gid !== null) await Deno.chown(path, uid, gid);
  }
}

function view({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Computes the CRC-32C of all parts, one after the other. */
function crc32c(...parts: readonly Uint8Array[]): number {
  let crc = ~0;
  for (const part of parts) {
    for (const byte of part) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
      }
    }
  }
  return ~crc >>> 0;
}
