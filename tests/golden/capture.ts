/**
 * Writes `pgoutput_14.json` to `pgoutput_18.json`: what real servers send for the
 * workload beside this file. Run by hand, after a change of the workload:
 *
 * ```sh
 * deno run --allow-all tests/golden/capture.ts
 * ```
 *
 * @module
 */
import { MAJORS, type SqlClient, withServer } from "../helpers/postgres.ts";
import {
  type Golden,
  type GoldenMessage,
  SETUP,
  TWO_PHASE_WORKLOAD,
  WORKLOAD,
} from "./workload.ts";

for (const major of MAJORS) {
  const golden = await withServer(
    { major },
    (_, sql) => capture(sql, { twoPhase: major >= 15 }),
  );
  const path = new URL(`pgoutput_${major}.json`, import.meta.url);
  const json = JSON.stringify(golden, null, 1);
  await Deno.writeTextFile(path, `${json}\n`);
  console.log(`${golden.serverVersion}: ${json.length} bytes`);
}

async function capture(
  sql: SqlClient,
  { twoPhase }: { twoPhase: boolean },
): Promise<Golden> {
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
  };
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
