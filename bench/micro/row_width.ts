/**
 * What a value takes to decode by how many columns its table has: V8 keeps objects of more
 * than 128 properties in another way. Run it by `deno run -A bench/micro/row_width.ts`, or
 * with `node` or `bun`. The path of another clone makes a paired run of both: each round
 * measures one after the other.
 *
 * @module
 */
import type { EventAssembler } from "../../src/assembly/event_assembler.ts";
import type { ChunkXLogData } from "../../src/replication/copy_both_message.ts";

/** The numbers of columns to measure: from a usual one to the most that a table can have. */
export const WIDTHS: readonly number[] = [
  ...[5, 20, 100, 120, 140, 200, 500, 1000, 1600],
];

const OID = 16_384;
const KINDS: readonly { readonly typeOid: number; value(n: number): string }[] =
  [
    { typeOid: 23, value: (n) => `${n % 100_000}` }, // int4
    { typeOid: 25, value: (n) => `item ${n}` }, // text
    { typeOid: 16, value: (n) => n % 2 === 0 ? "t" : "f" }, // bool
    { typeOid: 1700, value: (n) => `${n % 1000}.50` }, // numeric
  ];

/** The parts of a clone that are measured. */
interface Tree {
  decode(columns: number): (rows: number) => unknown;
}

/**
 * Measures trees beside each other.
 *
 * @param roots The URLs of their roots.
 * @param options `widths`: which; `values`: how many each measurement decodes; `rounds`:
 * how many measurements, of which the median counts.
 * @returns Nanoseconds a value, of each tree, by width.
 */
export async function measureRowWidths(
  roots: readonly string[],
  { widths, values, rounds }: {
    readonly widths: readonly number[];
    readonly values: number;
    readonly rounds: number;
  },
): Promise<Map<number, number[]>> {
  const trees = await Promise.all(roots.map(openTree));
  const found = new Map<number, number[]>();
  for (const columns of widths) {
    const rows = Math.ceil(values / columns);
    const runs = trees.map((tree) => tree.decode(columns));
    const times: number[][] = runs.map(() => []);
    for (let round = -2; round < rounds; round++) {
      runs.forEach((run, at) => {
        const start = performance.now();
        run(rows);
        const spent = performance.now() - start;
        // The first ones are for the compiler.
        if (round >= 0) times[at]!.push(spent * 1e6 / (rows * columns));
      });
    }
    found.set(columns, times.map(median));
  }
  return found;
}

async function openTree(root: string): Promise<Tree> {
  const load = (path: string) => import(new URL(path, root).href);
  const { EventAssembler } = await load("src/assembly/event_assembler.ts");
  const { CommonTypes } = await load("src/catalog/common_types.ts");
  const { ChunkXLogData } = await load("src/replication/copy_both_message.ts");
  return {
    decode(columns) {
      const assembler: EventAssembler = new EventAssembler({
        types: new CommonTypes(() => Promise.reject(new Error("Not common"))),
        onBadValue: () => {},
      });
      assembler.begin(
        { xid: 1, commitLsn: 1n, commitTime: 1n } as Parameters<
          EventAssembler["begin"]
        >[0],
      );
      void assembler.relation(relation(columns));
      const chunk = inserts(columns, 64);
      const views: ChunkXLogData[] = chunk.places.map(([start, end]) =>
        new ChunkXLogData({ bytes: chunk.bytes, start, end })
      );
      return (rows) => {
        // Some are alive at a time, as in a batch.
        let events: unknown[] = [];
        for (let row = 0; row < rows; row++) {
          if (row % 64 === 0) events = [];
          events.push(assembler.rowChange(views[row % 64]!));
        }
        return events;
      };
    },
  };
}

function relation(columns: number): Parameters<EventAssembler["relation"]>[0] {
  return {
    ...{ kind: "relation", walStart: 0n, oid: OID, schema: "public" },
    ...{ name: `columns_${columns}`, replicaIdentity: "default" },
    columns: Array.from({ length: columns }, (_, i) => ({
      name: `column_${i}`,
      typeOid: KINDS[i % KINDS.length]!.typeOid,
      typeModifier: -1,
      isKey: i === 0,
    })),
  } as unknown as Parameters<EventAssembler["relation"]>[0];
}

// Insert messages in XLogData, one behind the other.
function inserts(
  columns: number,
  rows: number,
): {
  readonly bytes: Uint8Array;
  readonly places: readonly (readonly [start: number, end: number])[];
} {
  const parts: Uint8Array[] = [];
  const places: [number, number][] = [];
  let length = 0;
  for (let row = 0; row < rows; row++) {
    const texts = Array.from(
      { length: columns },
      (_, i) =>
        new TextEncoder().encode(KINDS[i % KINDS.length]!.value(row * 7 + i)),
    );
    const size = 25 + 8 + texts.reduce((sum, one) => sum + 5 + one.length, 0);
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    bytes[0] = 0x77; // w
    bytes[25] = 0x49; // I
    view.setUint32(26, OID);
    bytes[30] = 0x4e; // N
    view.setInt16(31, columns);
    let at = 33;
    for (const text of texts) {
      bytes[at] = 0x74; // t
      view.setInt32(at + 1, text.length);
      bytes.set(text, at + 5);
      at += 5 + text.length;
    }
    parts.push(bytes);
    places.push([length, length + size]);
    length += size;
  }
  const bytes = new Uint8Array(length);
  parts.forEach((part, i) => bytes.set(part, places[i]![0]));
  return { bytes, places };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

if (import.meta.main) {
  const { default: process } = await import("node:process");
  const { pathToFileURL } = await import("node:url");
  const others = process.argv.slice(2).map((path) =>
    `${pathToFileURL(path).href}/`
  );
  const roots = [new URL("../../", import.meta.url).href, ...others];
  const found = await measureRowWidths(roots, {
    ...{ widths: WIDTHS, values: 400_000, rounds: 7 },
  });
  console.log(`columns: ns a value of ${roots.join(", ")}`);
  for (const [columns, times] of found) {
    console.log(`${columns}: ${times.map((one) => one.toFixed(0)).join(", ")}`);
  }
}
