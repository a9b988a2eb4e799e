/**
 * Writes `values.json`: what a real server sends for the values of
 * `tests/values/value_table.ts`, in text and in binary format. Run by hand, after a
 * change of the table:
 *
 * ```sh
 * deno run --allow-all tests/golden/capture_values.ts
 * ```
 *
 * @module
 */
import { withServer } from "../helpers/postgres.ts";
import { toHex } from "../pgoutput/read_golden.ts";
import { publishColumns, sentRows, sqlValue } from "../values/sent_values.ts";
import { VALUES } from "../values/value_table.ts";
import type { GoldenValue } from "./golden_value.ts";

/** Longer ones are left out. */
const LONGEST = 500;

const golden = await withServer({}, async (_, sql) => {
  await publishColumns(sql, VALUES.map(([type]) => type));
  const values = VALUES.map(([type, text]) => sqlValue(type, text));
  await sql(`INSERT INTO t VALUES (${values.join(", ")})`);
  const text = await sentRows(sql, { binary: false });
  const binary = await sentRows(sql, { binary: true });
  return VALUES.flatMap(([type, sqlText], i): GoldenValue[] => {
    const written = text.rows[0]?.[i];
    const bytes = binary.rows[0]?.[i];
    const typeOid = text.relation.columns[i]?.typeOid ?? 0;
    if (typeof written !== "string" || !(bytes instanceof Uint8Array)) {
      throw new Error(`No value of type ${type} came in both formats`);
    }
    return written.length > LONGEST
      ? []
      : [{ type, sql: sqlText, typeOid, text: written, hex: toHex(bytes) }];
  });
});
const lines = golden.map((one) => JSON.stringify(one)).join(",\n");
await Deno.writeTextFile(
  new URL("values.json", import.meta.url),
  `[\n${lines}\n]\n`,
);
