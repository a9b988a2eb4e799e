import { assertEquals } from "@std/assert";
import { asDate } from "../../src/values/as_date.ts";
import { textParser } from "./text_parser.ts";
import { TYPE_OID } from "../../src/values/type_oid.ts";
import { sharedServer } from "../helpers/postgres.ts";

const shared = sharedServer();

const DATES: readonly [string, string, string][] = [
  [
    "timestamptz",
    "2024-02-29 12:34:56.789012+05:30",
    "2024-02-29T07:04:56.789Z",
  ],
  [
    "timestamptz",
    "1880-01-01 00:00:00+00",
    "1880-01-01T00:00:00.000Z",
  ],
  ["timestamptz", "0044-03-15 12:00:00+00 BC", "-000043-03-15T12:00:00.000Z"],
  ["timestamptz", "275760-09-13 00:00:00+00", "+275760-09-13T00:00:00.000Z"],
  ["timestamp", "1969-12-31 23:59:59.9999", "1969-12-31T23:59:59.999Z"],
  ["date", "0001-01-01", "0001-01-01T00:00:00.000Z"],
];

Deno.test("textParser() reads bytea in the form escape", async () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const hex = Array.from(all, (byte) => byte.toString(16).padStart(2, "0"));
  const text = await shared.sql.value(
    `SET bytea_output = escape; SELECT '\\x${hex.join("")}'::bytea`,
  );
  assertEquals(textParser(TYPE_OID.BYTEA)(text ?? ""), all);
});

for (
  const zone of [
    "UTC",
    "America/St_Johns",
    "America/New_York",
    "Asia/Kathmandu",
  ]
) {
  Deno.test(`asDate() reads what the server writes with TimeZone ${zone}`, async () => {
    await shared.sql(`SET TimeZone = '${zone}'`);
    for (const [type, text, expected] of DATES) {
      const written = await shared.sql.value(
        `SELECT '${text}'::${type}`,
      );
      assertEquals(asDate(written ?? "").toISOString(), expected, text);
    }
  });
}
