import { assert, assertEquals } from "@std/assert";
import { parseLsn } from "@walbrook/walbrook";
import { FileCheckpointStore } from "@walbrook/walbrook/checkpoint";
import { NEWEST, testOnPostgres } from "../helpers/postgres.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ROWS = 8_000;

function start(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}examples/search_index.ts`, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function find(path: string, words: string): Promise<unknown[]> {
  const { code, stdout, stderr } = await start(["--search", path, words])
    .output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line)
    .map((line) => JSON.parse(line));
}

testOnPostgres(
  "search_index.ts has every row, however often it is killed",
  async ({ server, sql }) => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/index.db`;
    // How far it is, as the file beside the index has it.
    const store = new FileCheckpointStore(`${path}.position`);
    const position = async (): Promise<bigint> =>
      (await store.load())?.lsn ?? 0n;
    const copied = async (): Promise<number> => {
      const { done = [], tables = {} } = (await store.load())?.snapshot ?? {};
      const [table] = Object.values(tables);
      return done.length > 0 ? ROWS : table?.rows ?? 0;
    };
    let child: Deno.ChildProcess | null = null;
    const startIndex = () => {
      child = start([server.url, "shop", path]);
      hasEnded = false;
      void child.status.then(() => hasEnded = true);
    };
    let hasEnded = false;
    const until = async (condition: () => Promise<boolean>) => {
      for (let tries = 0; tries < 1_200 && !hasEnded; tries++) {
        if (await condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await kill();
      throw new Error("waited in vain");
    };
    const kill = async () => {
      const ending = child;
      child = null;
      try {
        ending?.kill("SIGKILL");
      } catch {
        // One that has ended by itself has failed, and says why.
      }
      const { stderr } = await ending?.output() ?? {};
      assertEquals(new TextDecoder().decode(stderr), "");
    };
    try {
      await sql(
        `CREATE TABLE cakes (id int PRIMARY KEY, name text, recipe text);
        INSERT INTO cakes SELECT i, 'cake' || i, repeat('flour', 20) || CASE WHEN i % 1000 = 0 THEN ' walnut' ELSE '' END
          FROM generate_series(1, ${ROWS}) i;
        CREATE PUBLICATION shop FOR TABLE cakes`,
      );
      let kills = 0;
      for (let before = 0; before < ROWS && kills < 2; kills++) {
        startIndex();
        await until(async () => await copied() > before);
        await kill();
        before = await copied();
        // Changes of rows that are copied, and of others.
        await sql(
          `UPDATE cakes SET name = 'new' || id WHERE id % 1000 = 500 + ${kills};
          DELETE FROM cakes WHERE id % 1000 = ${kills + 1}`,
        );
      }
      assert(kills > 1, "it was copied before it could be killed");
      startIndex();
      await sql("INSERT INTO cakes VALUES (-1, 'last', 'poppy walnut')");
      const end = await sql.value("SELECT pg_current_wal_lsn()");
      await until(async () =>
        await copied() === ROWS && await position() >= parseLsn(end ?? "")
      );
      await kill();
      const found = await find(path, "walnut") as { readonly id: number }[];
      const truth = await sql(
        "SELECT id FROM cakes WHERE recipe LIKE '%walnut%' ORDER BY id",
      );
      assertEquals(
        found.map(({ id }) => id).sort((a, b) => a - b),
        truth.map(({ id }) => Number(id)),
      );
      const all = await find(path, "flour* OR poppy") as {
        readonly id: number;
        readonly name: string;
      }[];
      assertEquals(
        all.map(({ id, name }) => `${id} ${name}`).sort(),
        (await sql("SELECT id, name FROM cakes")).map(({ id, name }) =>
          `${id} ${name}`
        ).sort(),
      );
    } finally {
      await kill();
      await Deno.remove(folder, { recursive: true });
    }
  },
  { majors: [NEWEST] },
);
