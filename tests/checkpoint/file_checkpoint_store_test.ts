import { assertEquals, assertRejects } from "@std/assert";
import { type Checkpoint, parseLsn } from "@walbrook/walbrook";
import { FileCheckpointStore } from "@walbrook/walbrook/checkpoint";
import type { Files } from "@walbrook/walbrook/files";
import { FILES } from "../../src/socket/files.ts";

function at(lsn: string): Checkpoint {
  const snapshot = {
    version: 1,
    initialized: false,
    done: [7],
    tables: {},
  } as const;
  return { lsn: parseLsn(lsn), systemId: "7", timeline: 1, snapshot };
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("FileCheckpointStore loads what it has saved, and nothing at first", () =>
  inFolder(async (folder) => {
    const path = `${folder}/new folder/position.json`;
    const store = new FileCheckpointStore(path);
    assertEquals(await store.load(), null);
    await store.save(at("0/10"));
    await store.save(at("0/9"));
    assertEquals(await new FileCheckpointStore(path).load(), at("0/9"));
    assertEquals(
      [...Deno.readDirSync(`${folder}/new folder`)].map(({ name }) => name),
      ["position.json"],
    );
  }));

Deno.test("FileCheckpointStore refuses a file with something else", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/position`, "not JSON");
    const store = new FileCheckpointStore(`${folder}/position`);
    await assertRejects(() => store.load(), SyntaxError);
  }));

/** Files that crash at one of the steps by which a checkpoint is saved. */
function crashingAt(step: number): { readonly files: Files; steps: number } {
  const state = { files: FILES, steps: 0 };
  const count = () => {
    if (++state.steps === step) throw new Error("crash");
  };
  state.files = {
    async open(path) {
      count();
      const file = await FILES.open(path);
      return {
        size: file.size,
        read: (from, length) => file.read(from, length),
        close: () => file.close(),
        async append(bytes) {
          // Half of it arrives.
          await file.append(bytes.subarray(0, bytes.length / 2));
          count();
          await file.append(bytes.subarray(bytes.length / 2));
        },
        async sync() {
          count();
          await file.sync();
        },
        async truncate(size) {
          count();
          await file.truncate(size);
        },
      };
    },
    list: (path) => FILES.list(path),
    async rename(from, to) {
      count();
      await FILES.rename(from, to);
    },
    async syncFolder(path) {
      count();
      await FILES.syncFolder(path);
    },
  };
  return state;
}

Deno.test("FileCheckpointStore has a whole checkpoint wherever a save crashes", () =>
  inFolder(async (folder) => {
    const path = `${folder}/position`;
    const store = new FileCheckpointStore(path);
    let crashes = 0;
    for (let step = 1;; step++) {
      await store.save(at("0/10"));
      const crashing = crashingAt(step);
      const files = crashing.files;
      const saved = await new FileCheckpointStore(path, { files })
        .save(at("0/FFFFFFF0")).then(() => true, () => false);
      if (saved) break;
      crashes++;
      const { lsn } = await store.load() ?? {};
      // The rename is the one step that counts.
      assertEquals(lsn, parseLsn(step <= 5 ? "0/10" : "0/FFFFFFF0"));
    }
    assertEquals(crashes, 6);
  }));
