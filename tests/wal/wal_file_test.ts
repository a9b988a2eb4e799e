import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  formatLsn,
  parseLsn,
  parseWalFileName,
  walFileName,
} from "@walbrook/walbrook/wal";
import { splitWal } from "../../src/wal/split_wal.ts";

const MB = 2 ** 20;

// What pg_walfile_name() says.
const NAMES: readonly (readonly [string, number, number, string])[] = [
  ["0/0", 1, 16 * MB, "000000010000000000000000"],
  ["0/FFFFFFFF", 1, 16 * MB, "0000000100000000000000FF"],
  ["1/0", 2, 16 * MB, "000000020000000100000000"],
  ["16/B374D848", 171, 16 * MB, "000000AB00000016000000B3"],
  ["0/5000000", 1, MB, "000000010000000000000050"],
  ["0/FFFFFFFF", 1, MB, "000000010000000000000FFF"],
  ["A/C0000000", 1, 1024 * MB, "000000010000000A00000003"],
  ["FFFFFFFF/FFFFFFFF", 4294967295, 16 * MB, "FFFFFFFFFFFFFFFF000000FF"],
];

for (const [lsn, timeline, size, name] of NAMES) {
  Deno.test(`walFileName() names the file of ${lsn} on timeline ${timeline} ${name}`, () => {
    const start = parseLsn(lsn);
    assertEquals(walFileName({ timeline, start }, size), name);
    const file = parseWalFileName(name, size);
    assertEquals(file?.timeline, timeline);
    assert(file !== null && file.start <= start);
    assert(file.start + BigInt(size) > start);
    assertEquals(walFileName(file, size), name);
  });
}

Deno.test("parseWalFileName() leaves other names alone", () => {
  for (
    const name of [
      "00000002.history",
      "000000010000000000000001.partial",
      "0000000100000000000000b3",
      "000000000000000000000001",
      "000000010000000000000100",
      "",
    ]
  ) assertEquals(parseWalFileName(name), null, name);
});

Deno.test("walFileName() refuses sizes that no cluster has", () => {
  for (const size of [0, MB - 1, 3 * MB, 2 * 1024 * MB, NaN]) {
    assertThrows(
      () => walFileName({ timeline: 1, start: parseLsn("0/0") }, size),
      RangeError,
      `Cannot use segments of ${size} bytes`,
    );
  }
});

Deno.test("splitWal() cuts where the files end", () => {
  const data = new Uint8Array(2 * MB + 10).map((_, i) => i % 251);
  const parts = splitWal(3, parseLsn("0/2FFFFB"), data, MB);
  assertEquals(
    parts.map(({ start, end, fileName, offset, completesFile, data }) => [
      formatLsn(start),
      formatLsn(end),
      fileName.slice(-3),
      offset,
      completesFile,
      data.length,
    ]),
    [
      ["0/2FFFFB", "0/300000", "002", MB - 5, true, 5],
      ["0/300000", "0/400000", "003", 0, true, MB],
      ["0/400000", "0/500000", "004", 0, true, MB],
      ["0/500000", "0/500005", "005", 0, false, 5],
    ],
  );
  const bytes = parts.flatMap(({ data }) => [...data]);
  assert(bytes.every((byte, i) => byte === data[i]) && bytes.length > MB);
  data.fill(0);
  assert(parts[0]?.data[1] === 1, "they are copies");
});
