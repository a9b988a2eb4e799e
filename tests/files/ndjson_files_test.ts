import { assert, assertEquals } from "@std/assert";
import type { ReplicationEvent } from "@walbrook/walbrook";
import { deserializeEvent, toNdjson } from "@walbrook/walbrook/encode";
import {
  type Files,
  ndjsonFiles,
  type NdjsonFilesOptions,
} from "@walbrook/walbrook/files";
import { deliver } from "@walbrook/walbrook/sink";
import { linesBackward } from "../../src/files/lines_backward.ts";
import { FILES } from "../../src/socket/files.ts";
import { sourceOf, Workload } from "../sink/workload.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function write(
  folder: string,
  batches: readonly (readonly ReplicationEvent[])[],
  options: Partial<NdjsonFilesOptions> = {},
): Promise<void> {
  return deliver(sourceOf(batches), ndjsonFiles({ folder, ...options }), {
    retry: { initialDelayMs: 1 },
  }).done;
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

function textIn(folder: string): string {
  return namesIn(folder).map((name) =>
    Deno.readTextFileSync(`${folder}/${name}`)
  )
    .join("");
}

Deno.test("ndjsonFiles() writes whole transactions, and goes on where it stood", () =>
  inFolder(async (folder) => {
    const workload = new Workload();
    const batches = [[1, 2], [3], [4, 5]].map((ids) =>
      workload.transaction(ids)
    );
    await write(folder, batches.slice(0, 2));
    // What is there already comes again, as after a crash, and something new.
    await write(folder, batches);
    assertEquals(textIn(folder), batches.flat().map(toNdjson).join(""));
    assertEquals(namesIn(folder), ["changes-0000000001.ndjson.open"]);
  }));

Deno.test("ndjsonFiles() cuts off what a crash left of a transaction, and of a line", () =>
  inFolder(async (folder) => {
    const workload = new Workload();
    const batches = [[1, 2], [3, 4]].map((ids) => workload.transaction(ids));
    const text = batches.flat().map(toNdjson).join("");
    const whole = batches[0]!.map(toNdjson).join("").length;
    const path = `${folder}/changes-0000000001.ndjson.open`;
    for (const length of [whole, whole + 1, whole + 200, text.length - 1]) {
      Deno.writeTextFileSync(path, text.slice(0, length));
      await write(folder, batches);
      assertEquals(Deno.readTextFileSync(path), text);
    }
  }));

Deno.test("ndjsonFiles() begins another file between two transactions, and tells of each that is complete", () =>
  inFolder(async (folder) => {
    const workload = new Workload();
    const batches = Array.from(
      { length: 30 },
      (_, i) => workload.transaction([i, i + 1]),
    );
    const complete: string[] = [];
    const onComplete = (path: string) => {
      assert(Deno.statSync(path).size > 0);
      complete.push(path.slice(folder.length + 1));
      return Promise.resolve();
    };
    const options = { maxBytes: 2_000, onComplete, prefix: "shop" };
    await write(folder, batches.slice(0, 20), options);
    await write(folder, batches, options);
    const names = namesIn(folder);
    assert(names.length > 4);
    assertEquals(names[0], "shop-0000000001.ndjson");
    assertEquals(names.filter((name) => name.endsWith(".open")).length, 1);
    assertEquals(textIn(folder), batches.flat().map(toNdjson).join(""));
    assertEquals([...new Set(complete)], names.slice(0, -1));
    for (const name of names) {
      const lines = Deno.readTextFileSync(`${folder}/${name}`).trim();
      if (lines !== "") {
        assertEquals(JSON.parse(lines.split("\n").at(-1)!).kind, "commit");
      }
    }
  }));

Deno.test("ndjsonFiles() begins another file after some time", () =>
  inFolder(async (folder) => {
    const workload = new Workload();
    const batches = [[1], [2]].map((ids) => workload.transaction(ids));
    await write(folder, batches, { maxAgeMs: 0 });
    assertEquals(namesIn(folder).length, 3);
  }));

Deno.test("ndjsonFiles() writes the same events again in the exact format", () =>
  inFolder(async (folder) => {
    const workload = new Workload();
    const batches = [workload.transaction([1]), workload.transaction([2])];
    await write(folder, batches.slice(0, 1), { format: "exact" });
    await write(folder, batches, { format: "exact" });
    const events = textIn(folder).trim().split("\n").map(deserializeEvent);
    assertEquals(events, batches.flat());
  }));

Deno.test("ndjsonFiles() writes each transaction once, although the disk fails", () =>
  inFolder(async (folder) => {
    const workload = new Workload();
    const batches = Array.from(
      { length: 20 },
      (_, i) => workload.transaction([i, i + 1, i + 2]),
    );
    let calls = 0;
    const fail = (every: number) => {
      if (++calls % every === 0) throw new Error("EIO");
    };
    const files: Files = {
      ...FILES,
      async open(path) {
        const file = await FILES.open(path);
        return {
          get size() {
            return file.size;
          },
          async append(bytes) {
            // Some of it is written before it fails.
            await file.append(bytes.subarray(0, bytes.length >> 1));
            fail(7);
            await file.append(bytes.subarray(bytes.length >> 1));
          },
          async sync() {
            fail(5);
            await file.sync();
          },
          truncate: (size) => file.truncate(size),
          read: (position, length) => file.read(position, length),
          close: () => file.close(),
        };
      },
      async rename(from, to) {
        await FILES.rename(from, to);
        fail(3);
      },
    };
    await write(folder, batches, { files, maxBytes: 1_500 });
    assertEquals(textIn(folder), batches.flat().map(toNdjson).join(""));
  }));

Deno.test("linesBackward() reads lines of any length, the last one first", () =>
  inFolder(async (folder) => {
    const path = `${folder}/lines`;
    const lines = [0, 1, 70_000, 3, 65_535, 65_536, 200_000, 0, 5].map((
      length,
      i,
    ) => `${i}${"ä".repeat(length)}`);
    Deno.writeTextFileSync(path, `${lines.join("\n")}\nincomplete`);
    const file = await FILES.open(path);
    const found = await Array.fromAsync(linesBackward(file));
    await file.close();
    assertEquals(found.map(({ text }) => text), lines.toReversed());
    const size = new TextEncoder().encode(`${lines.join("\n")}\n`).length;
    assertEquals(found[0]!.end, size);
    for (const text of ["", "x", "\n", "a\n"]) {
      Deno.writeTextFileSync(path, text);
      const other = await FILES.open(path);
      const few = await Array.fromAsync(linesBackward(other));
      await other.close();
      assertEquals(few.map((line) => line.text), text.split("\n").slice(0, -1));
    }
  }));
