/**
 * Writes `pgoutput_14.json` to `pgoutput_18.json`: what real servers send for the
 * workload beside this file. Run by hand, after a change of the workload:
 *
 * ```sh
 * deno task golden
 * ```
 *
 * @module
 */
import { parseLsn, toLsn } from "@walbrook/walbrook";
import {
  type PgoutputOptions,
  pgoutputOptions,
} from "@walbrook/walbrook/pgoutput";
import { connect } from "@walbrook/walbrook/replication";
import {
  connectSql,
  MAJORS,
  type PostgresServer,
  type SqlClient,
  withServer,
} from "../helpers/postgres.ts";
import { Recording } from "./recording.ts";
import {
  type Golden,
  type GoldenMessage,
  SETUP,
  STREAMED_TWO_PHASE_WORKLOAD,
  STREAMED_WORKLOAD,
  TWO_PHASE_WORKLOAD,
  WORKLOAD,
} from "./workload.ts";

const PAGE = 8192n;

for (const major of MAJORS) {
  const settings = {
    logical_decoding_work_mem: "64kB",
    max_prepared_transactions: "2",
  };
  const golden = await withServer({ major, settings }, capture);
  const path = new URL(`pgoutput_${major}.json`, import.meta.url);
  const json = JSON.stringify(golden, null, 1);
  await Deno.writeTextFile(path, `${json}\n`);
  console.log(`${golden.serverVersion}: ${json.length} bytes`);
}

async function capture(
  server: PostgresServer,
  sql: SqlClient,
): Promise<Golden> {
  const { major } = server;
  const twoPhase = major >= 15;
  const protocolVersion = major >= 16 ? 4 : major - 12;
  await runAll(sql, SETUP);
  await createSlot(sql, "golden");
  const before = await now(sql);
  await runAll(sql, WORKLOAD);
  const after = await now(sql);
  const messages = await peek(sql, "golden", "'messages', 'true'");
  const binary = await peek(sql, "golden", "'binary', 'true'");
  if (twoPhase) {
    await createSlot(sql, "two_phase", ", false, true");
    await runAll(sql, TWO_PHASE_WORKLOAD);
  }
  return {
    serverVersion: await sql.value("SHOW server_version") ?? "",
    capturedBetween: [before, after],
    sql: WORKLOAD,
    messages,
    binaryMessages: binary.filter(([, hex]) => isSmallChange(hex)),
    twoPhaseMessages: twoPhase
      ? await peek(sql, "two_phase", "'messages', 'true'")
      : [],
    streamedMessages: await streamed(server, STREAMED_WORKLOAD, {
      protocolVersion,
      streaming: true,
    }),
    parallelMessages: major < 16
      ? []
      : await streamed(server, STREAMED_WORKLOAD, {
        protocolVersion,
        streaming: "parallel",
      }),
    streamedTwoPhaseMessages: major < 15
      ? []
      : await streamed(server, STREAMED_TWO_PHASE_WORKLOAD, {
        protocolVersion,
        streaming: true,
        twoPhase: true,
      }),
  };
}

// What a walsender sends while the workload runs, and not only afterwards.
async function streamed(
  server: PostgresServer,
  workload: readonly string[],
  options: Omit<PgoutputOptions, "publications">,
): Promise<GoldenMessage[]> {
  await using connection = await connect(server.url);
  await using sql = connectSql(server.url);
  const slot = `streamed_${options.streaming}_${options.twoPhase}`;
  await connection.createReplicationSlot(slot, {
    kind: "logical",
    temporary: true,
    twoPhase: options.twoPhase ?? false,
  });
  const stream = await connection.startReplication({
    kind: "logical",
    slot,
    pluginOptions: pgoutputOptions({
      ...options,
      publications: ["streamed"],
      messages: true,
    }),
  });
  const recording = new Recording(stream);
  for (const step of workload) {
    await sql(step);
    const end = await sql.value("SELECT pg_current_wal_insert_lsn()");
    // The last page may not be written until something commits.
    await recording.upTo(toLsn(parseLsn(end ?? "") - 2n * PAGE));
  }
  const end = await sql.value("SELECT pg_current_wal_flush_lsn()");
  await recording.upTo(parseLsn(end ?? ""));
  return recording.messages;
}

function isSmallChange(hex: string): boolean {
  const type = String.fromCharCode(Number.parseInt(hex.slice(0, 2), 16));
  return "IUD".includes(type) && hex.length < 2000;
}

async function runAll(sql: SqlClient, texts: readonly string[]): Promise<void> {
  for (const text of texts) await sql(text);
}

async function createSlot(
  sql: SqlClient,
  name: string,
  more = "",
): Promise<void> {
  await sql(
    `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput'${more})`,
  );
}

async function now(sql: SqlClient): Promise<string> {
  const micros = "extract(epoch FROM clock_timestamp()) * 1000000";
  return await sql.value(`SELECT (${micros})::int8`) ?? "";
}

async function peek(
  sql: SqlClient,
  slot: string,
  options: string,
): Promise<GoldenMessage[]> {
  const rows = await sql(
    `SELECT lsn, encode(data, 'hex') AS hex
     FROM pg_logical_slot_peek_binary_changes('${slot}', NULL, NULL,
       'proto_version', '1', 'publication_names', 'golden', ${options})`,
  );
  return rows.map(({ lsn, hex }) => [lsn ?? "", hex ?? ""]);
}
