import { assertEquals } from "@std/assert";
import { asDate } from "../../src/values/as_date.ts";
import { textParser } from "../../src/values/parse_text.ts";
import { builtInTypeOid } from "../../src/values/type_name.ts";
import { sharedServer, testOnPostgres } from "../helpers/postgres.ts";

const shared = sharedServer();

// A type, a value as SQL writes it, and what is to come out.
const VALUES: readonly [string, string, unknown][] = [
  ["boolean", "true", true],
  ["boolean", "no", false],
  ["smallint", "-32768", -32768],
  ["integer", "-2147483648", -2147483648],
  ["integer", "2147483647", 2147483647],
  ["oid", "4294967295", 4294967295],
  ["xid", "4294967295", 4294967295],
  ["cid", "4294967295", 4294967295],
  ["bigint", "-9223372036854775808", -9223372036854775808n],
  ["bigint", "9223372036854775807", 9223372036854775807n],
  ["bigint", "9007199254740993", 9007199254740993n],
  ["xid8", "18446744073709551615", 18446744073709551615n],
  ["real", "1.1", 1.1],
  ["real", "3.4028235e38", 3.4028235e38],
  ["double precision", "0.1", 0.1],
  ["double precision", "0.30000000000000004", 0.30000000000000004],
  ["double precision", "1e21", 1e21],
  ["double precision", "4.9e-324", 5e-324],
  ["double precision", "-1.7976931348623157e308", -1.7976931348623157e308],
  ["double precision", "-0", -0],
  ["double precision", "nan", NaN],
  ["double precision", "-inf", -Infinity],
  ["numeric", "1.50", "1.50"],
  [
    "numeric",
    "12345678901234567890.123456789",
    "12345678901234567890.123456789",
  ],
  ["numeric", "1e-20", "0.00000000000000000001"],
  ["numeric", "nan", "NaN"],
  ["numeric", "-infinity", "-Infinity"],
  ["money", "-92233720368547758.08", "-$92,233,720,368,547,758.08"],
  ["text", "", ""],
  ["text", "äöü€😀\n\t\\", "äöü€😀\n\t\\"],
  ["varchar", "NULL", "NULL"],
  ["char(3)", "a", "a  "],
  ['"char"', "ab", "a"],
  ["name", "n", "n"],
  [
    "uuid",
    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  ],
  ["bytea", "", new Uint8Array(0)],
  ["bytea", "\\x00ff5c27", Uint8Array.of(0, 255, 92, 39)],
  ["json", '{"a": [1, 2.50, "x\\u00e9", null, true]}', {
    a: [1, 2.5, "xé", null, true],
  }],
  ["json", "-0", -0],
  ["jsonb", '{"__proto__": 1}', JSON.parse('{"__proto__": 1}')],
  ["jsonb", "12345678901234567890", 12345678901234567890],
  ["date", "5874897-12-31", "5874897-12-31"],
  ["date", "4713-11-24 BC", "4713-11-24 BC"],
  ["date", "-infinity", "-infinity"],
  ["time", "24:00", "24:00:00"],
  ["time", "00:00:00.000001", "00:00:00.000001"],
  ["timetz", "12:34:56.789+05:30", "12:34:56.789+05:30"],
  ["timestamp", "294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999"],
  [
    "timestamptz",
    "2024-02-29 12:34:56.789012+05:30",
    "2024-02-29 07:04:56.789012+00",
  ],
  ["timestamptz", "infinity", "infinity"],
  [
    "interval",
    "1 year 2 mons -3 days 04:05:06.789",
    "1 year 2 mons -3 days +04:05:06.789",
  ],
  ["interval", "0", "00:00:00"],
  ["pg_lsn", "16/b374d848", "16/B374D848"],
  ["inet", "10.0.0.1/32", "10.0.0.1"],
  ["bit(3)", "101", "101"],
  ["int4range", "(0,4]", "[1,5)"],
  ["point", "1,2", "(1,2)"],
  ["int[]", "{}", []],
  ["int[]", "{1,null,-2}", [1, null, -2]],
  ["int[]", "{{1,2},{3,4}}", [[1, 2], [3, 4]]],
  ["int[]", "[0:1]={1,2}", [1, 2]],
  ["int[]", "[-1:0][2:3]={{1,2},{3,4}}", [[1, 2], [3, 4]]],
  ["int[]", "{{{{{{1}}}}}}", [[[[[[1]]]]]]],
  ["bigint[]", "{9223372036854775807}", [9223372036854775807n]],
  ["boolean[]", "{t,f,null}", [true, false, null]],
  ["double precision[]", "{nan,-0,inf}", [NaN, -0, Infinity]],
  ["numeric[]", "{1.50,nan}", ["1.50", "NaN"]],
  ["text[]", '{"",NULL,"NULL","null",a b," c","d,e","{f}","g\\"h","i\\\\j"}', [
    "",
    null,
    "NULL",
    "null",
    "a b",
    " c",
    "d,e",
    "{f}",
    'g"h',
    "i\\j",
  ]],
  ["text[]", '{"a\nb",ä€😀}', ["a\nb", "ä€😀"]],
  ["bytea[]", '{"\\\\x00ff",NULL}', [Uint8Array.of(0, 255), null]],
  ["jsonb[]", '{"{\\"a\\": \\"b,c\\"}","[1, 2]"}', [{ a: "b,c" }, [1, 2]]],
  ["timestamptz[]", "{infinity,2024-02-29 00:00:00+00}", [
    "infinity",
    "2024-02-29 00:00:00+00",
  ]],
  ["box[]", "{(1,1),(0,0);(3,3),(2,2)}", ["(1,1),(0,0)", "(3,3),(2,2)"]],
  ["point[]", '{"(1,2)","(3,4)"}', ["(1,2)", "(3,4)"]],
  ["int4range[]", '{"[1,5)",empty}', ["[1,5)", "empty"]],
  ["char(2)[]", "{a}", ["a "]],
];

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

function literal(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

function typeOid(type: string): number {
  return builtInTypeOid(type.replace(/\(\d+\)/, "")) ?? 0;
}

testOnPostgres("textParser() reads what the server writes", async ({ sql }) => {
  const columns = VALUES.map(([type, text]) => `${literal(text)}::${type}`);
  const names = columns.map((column, at) => `${column} AS c${at}`);
  const [row] = await sql(`SELECT ${names.join(", ")}`);
  VALUES.forEach(([type, , expected], at) => {
    const value = textParser(typeOid(type))(row?.[`c${at}`] ?? "");
    assertEquals(value, expected, columns[at]);
  });
});

Deno.test("textParser() reads bytea in the form escape", async () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const hex = Array.from(all, (byte) => byte.toString(16).padStart(2, "0"));
  const text = await shared.sql.value(
    `SET bytea_output = escape; SELECT '\\x${hex.join("")}'::bytea`,
  );
  assertEquals(textParser(typeOid("bytea"))(text ?? ""), all);
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
        `SELECT ${literal(text)}::${type}`,
      );
      assertEquals(asDate(written ?? "").toISOString(), expected, text);
    }
  });
}
