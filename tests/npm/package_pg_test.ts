import { buildAll } from "../../npm/build.ts";
import { NEWEST, sharedServer } from "../helpers/postgres.ts";
import { findProgram } from "../runtimes/binaries.ts";
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONSUMER = fileURLToPath(new URL("./consumer/", import.meta.url));
const RUNTIMES = ["node20", "node22", "node24", "bun"] as const;
const ROWS = ['{"id":1,"body":"ä"}', '{"id":2,"body":null}'];

const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
const hasNpm = await run([npm, "--version"], ROOT).then(
  () => true,
  () => {
    console.log("The npm package is not tested: there is no npm here");
    return false;
  },
);
const context = sharedServer({ major: NEWEST });

Deno.test({
  name: "the npm package installs and runs in an empty project",
  ignore: !hasNpm,
  fn: async (t) => {
    const folder = await Deno.makeTempDir();
    try {
      const names = await install(folder);
      await t.step("every sub-path has its code and its types", async () => {
        await importAll(folder, names);
      });
      await createTable();
      for (const runtime of RUNTIMES) {
        const path = await findProgram(runtime);
        if (path === null) {
          console.log(`${runtime} is not tested: npm has none for this system`);
          continue;
        }
        for (const file of ["follow.mjs", "follow.cjs"]) {
          await t.step(`${file} in ${runtime}`, async () => {
            assertEquals(await follow([path, join(folder, file)]), ROWS);
          });
        }
      }
      const node = await findProgram("node24");
      if (node === null) return;
      const tool = (file: string, ...args: readonly string[]) =>
        run([node, join(folder, "node_modules", file), ...args], folder);
      for (const major of [6, 7]) {
        for (const resolution of ["nodenext", "bundler"]) {
          await t.step(`TypeScript ${major}, ${resolution}`, async () => {
            const tsc = `typescript${major}/bin/tsc`;
            await tool(tsc, "-p", `tsconfig.${resolution}.json`);
          });
        }
      }
      await t.step("vitest", async () => {
        const output = await tool("vitest/vitest.mjs", "run", "--globals");
        assert(output.includes("order_cache.test.mjs"), output);
      });
      await t.step(
        "what every subscription loads is in two files",
        async () => {
          const chunks = join(folder, "node_modules/walbrook/chunks");
          assertEquals(await importsOf(join(chunks, "core.js")), []);
          assertEquals(await importsOf(join(chunks, "usual.js")), [
            "./core.js",
          ]);
        },
      );
      await t.step(
        "a Worker's bundle has no code of other runtimes",
        async () => {
          await Deno.writeTextFile(
            join(folder, "worker.mjs"),
            'export { subscribe } from "walbrook/workers";',
          );
          const code = await tool(
            ...["esbuild/bin/esbuild", "worker.mjs", "--bundle"] as const,
            ...["--format=esm", "--external:cloudflare:*", "--external:node:*"],
          );
          assert(code.includes("cloudflare:sockets"));
          assertEquals(code.match(/"node:\w+|\bDeno\.|\bBun\./g), null);
        },
      );
      const bun = await findProgram("bun");
      if (bun === null) {
        console.log("bun test is not tried: npm has no Bun for this system");
      } else {
        await t.step("bun test", async () => {
          await run([bun, "test", "order_cache"], folder);
        });
      }
      const bundles: readonly (readonly [string, readonly string[]])[] = [
        ["esbuild", [
          ...["esbuild/bin/esbuild", "follow.mjs", "--bundle", "--minify"],
          ...[
            "--platform=node",
            "--format=esm",
            "--outfile=esbuild/follow.mjs",
          ],
        ]],
        ["vite", ["vite/bin/vite.js", "build"]],
        ["webpack", ["webpack_run.mjs"]],
      ];
      for (const [name, [file = "", ...args]] of bundles) {
        await t.step(name, async () => {
          if (name === "webpack") await run([node, file], folder);
          else await tool(file, ...args);
          // Away from the package, which the bundle holds.
          const bundle = await Deno.makeTempDir();
          try {
            await Deno.rename(join(folder, name), join(bundle, name));
            const program = join(bundle, name, "follow.mjs");
            assertEquals(await follow([node, program]), ROWS);
          } finally {
            await Deno.remove(bundle, { recursive: true });
          }
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function importsOf(path: string): Promise<readonly string[]> {
  const code = await Deno.readTextFile(path);
  return [...code.matchAll(/^import .* from ['"](.+)['"];$/gm)]
    .map(([, specifier = ""]) => specifier);
}

// Makes the project, and tells the sub-paths of the package.
async function install(folder: string): Promise<readonly string[]> {
  const built = join(folder, "built");
  const names: string[] = [];
  const archives: string[] = [];
  for (const one of await buildAll(built)) {
    const { name, exports, engines } = JSON.parse(
      await Deno.readTextFile(join(one, "package.json")),
    );
    // All packages require the same versions of Node.
    assertEquals(engines, { node: ">=20.19" }, name);
    // The command line has a test of its own.
    if (name === "@walbrook/cli") continue;
    const pack = [npm, "pack", "--silent", "--pack-destination", folder];
    archives.push(`./${(await run(pack, one)).trim()}`);
    names.push(
      ...Object.keys(exports).filter((key) => key !== "./package.json")
        .map((key) => `${name}${key.slice(1)}`),
    );
  }
  await Deno.remove(built, { recursive: true });
  for await (const { name } of Deno.readDir(CONSUMER)) {
    await Deno.copyFile(join(CONSUMER, name), join(folder, name));
  }
  await run([
    ...[npm, "install", "--silent", "--no-audit", "--no-fund"],
    ...["--ignore-scripts", ...archives],
  ], folder);
  return names;
}

async function importAll(
  folder: string,
  names: readonly string[],
): Promise<void> {
  assert(names.length > 10, names.join());
  const lines = names.map((name, i) => `export * as m${i} from "${name}";\n`);
  await Deno.writeTextFile(join(folder, "all.mts"), lines.join(""));
  // Those that name another runtime's modules only load there.
  const loadable = names.filter((name) => !/\/(workers)$/.test(name));
  const code = loadable.map((name) => `await import("${name}");`).join("\n");
  await Deno.writeTextFile(join(folder, "all.mjs"), code);
  const node = await findProgram("node20");
  if (node !== null) await run([node, "all.mjs"], folder);
}

async function createTable(): Promise<void> {
  await context.sql(
    "CREATE TABLE page (id int PRIMARY KEY, body text); CREATE PUBLICATION pages FOR TABLE page",
  );
}

let slots = 0;

async function follow(command: readonly string[]): Promise<readonly string[]> {
  const { sql, server } = context;
  const slot = `npm_${slots++}`;
  await sql(
    `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
  );
  await sql("INSERT INTO page VALUES (1, 'ä'), (2, NULL)");
  const lines = await run([...command, server.url, slot, "pages"], ROOT);
  await sql(`SELECT pg_drop_replication_slot('${slot}'); DELETE FROM page`);
  return lines.split("\n").filter((line) => line.startsWith("{"));
}

async function run(
  [program = "", ...args]: readonly string[],
  cwd: string,
): Promise<string> {
  const signal = AbortSignal.timeout(400_000);
  const { success, stdout, stderr } = await new Deno.Command(program, {
    ...{ args, cwd, signal },
  }).output();
  const text = new TextDecoder();
  const output = text.decode(stdout);
  assert(
    success,
    `${program} ${args.join(" ")}\n${output}${text.decode(stderr)}`,
  );
  return output;
}
