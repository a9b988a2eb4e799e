/**
 * Writes `test_decoding_14.json` to `test_decoding_18.json`, and `wal2json_15.json` where
 * that plugin is installed: what real servers send for the workload of the plugins. Run
 * by hand, after a change of the workload:
 *
 * ```sh
 * deno run --allow-all tests/golden/capture_plugins.ts
 * ```
 *
 * @module
 */
import { MAJORS, type SqlClient, withServer } from "../helpers/postgres.ts";
import { findWal2json } from "../helpers/wal2json.ts";
import {
  abbreviate,
  type PluginGolden,
  type PluginMessage,
  PREPARED_WORKLOAD,
  SETUP,
  STREAMED_WORKLOAD,
  WORKLOAD,
} from "./plugin_workload.ts";

type Options = Readonly<Record<string, string>>;

const TEST_DECODING: readonly Options[] = [
  { "include-timestamp": "1" },
  { "include-xids": "0", "skip-empty-xacts": "1", "stream-changes": "1" },
  { "include-timestamp": "1", "stream-changes": "1" },
];

const FORMAT_2 = { "format-version": "2", "include-lsn": "1" };
const WAL2JSON: readonly Options[] = [
  { "include-xids": "1", "include-timestamp": "1", "include-lsn": "1" },
  { "write-in-chunks": "1", "pretty-print": "1", "include-type-oids": "1" },
  {
    ...FORMAT_2,
    "include-xids": "1",
    "include-timestamp": "1",
    "include-type-oids": "1",
    "include-pk": "1",
    "include-origin": "1",
  },
];

for (const major of MAJORS) {
  await withServer(
    { major, settings: { logical_decoding_work_mem: "64kB" } },
    (_, sql) => capture(sql, "test_decoding", TEST_DECODING),
  );
}

const wal2json = await findWal2json();
if (wal2json.settings === undefined) console.log(wal2json.reason);
else {
  await withServer(
    { major: 15, settings: wal2json.settings },
    (_, sql) => capture(sql, "wal2json", WAL2JSON),
  );
}

async function capture(
  sql: SqlClient,
  plugin: string,
  options: readonly Options[],
): Promise<void> {
  for (const text of SETUP) await sql(text);
  await sql(
    `SELECT pg_create_logical_replication_slot('golden', '${plugin}', false, true)`,
  );
  for (const text of WORKLOAD) await sql(text);
  for (const text of PREPARED_WORKLOAD) await sql(text);
  const [first = {}, ...others] = options;
  const captures = [{ options: first, messages: await peek(sql, first) }];
  if (plugin === "test_decoding") {
    for (const text of STREAMED_WORKLOAD) await sql(text);
  }
  for (const one of others) {
    const messages = await peek(sql, one);
    captures.push({
      options: one,
      // What differs from the first only in some options is not needed in full.
      messages: plugin === "test_decoding"
        ? oneOfEachShape(messages)
        : messages,
    });
  }
  const serverVersion = await sql.value("SHOW server_version") ?? "";
  const golden: PluginGolden = { serverVersion, captures };
  const name = `${plugin}_${serverVersion.split(".")[0]}.json`;
  const json = abbreviate(JSON.stringify(golden, null, 1));
  await Deno.writeTextFile(new URL(name, import.meta.url), `${json}\n`);
  console.log(`${name}: ${json.length} bytes`);
}

async function peek(
  sql: SqlClient,
  options: Options,
): Promise<PluginMessage[]> {
  const list = Object.entries(options).flat().map((one) => `, '${one}'`);
  const rows = await sql(
    `SELECT lsn, encode(data, 'hex') AS hex
     FROM pg_logical_slot_peek_binary_changes('golden', NULL, NULL${
      list.join("")
    })`,
  );
  return rows.map(({ lsn, hex }) => [lsn ?? "", readable(hex ?? "")]);
}

function readable(hex: string): string | { hex: string } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true })
      .decode(Uint8Array.fromHex(hex));
    return text.includes("\0") ? { hex } : text;
  } catch {
    return { hex };
  }
}

function oneOfEachShape(messages: readonly PluginMessage[]): PluginMessage[] {
  const seen = new Set<string>();
  return messages.filter(([, text]) => {
    if (typeof text !== "string") return true;
    const shape = text.replaceAll(/\d+/g, "0").slice(0, 40);
    const isNew = !seen.has(shape);
    seen.add(shape);
    return isNew;
  });
}
