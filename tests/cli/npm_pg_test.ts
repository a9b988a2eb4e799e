import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import manifest from "../../packages/cli/deno.json" with { type: "json" };
import {
  lineReader,
  linesOf,
  readUntil,
  toldIn,
} from "../examples/run_tail.ts";
import { withServer } from "../helpers/postgres.ts";
import { findProgram, type Program } from "../runtimes/binaries.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { buildCli } from "../../npm/build_cli.ts";
import { bounded, quietEnvironment } from "./run_cli.ts";

let folder = "";
// The package, installed into an empty project.
let installed: string | null = null;

Deno.test.beforeAll(async () => {
  folder = await Deno.makeTempDir();
  installed = await install(folder);
});
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

async function install(folder: string): Promise<string | null> {
  const npm = async (cwd: string, ...args: readonly string[]) => {
    const { success, stdout, stderr } = await new Deno.Command("npm", {
      args: [...args],
      cwd,
      env: { npm_config_update_notifier: "false" },
    }).output();
    const text = new TextDecoder();
    if (!success) throw new Error(`npm ${args[0]}: ${text.decode(stderr)}`);
    return text.decode(stdout).trim();
  };
  const built = join(folder, "built");
  const project = join(folder, "project");
  await buildCli(built);
  await Deno.mkdir(project);
  await Deno.writeTextFile(join(project, "package.json"), "{}");
  try {
    const file = await npm(built, "pack", "--silent");
    const packed = join(built, file);
    await npm(
      project,
      "install",
      "--offline",
      "--no-audit",
      "--no-fund",
      packed,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("skipped: npm is missing, which packs and installs");
    return null;
  }
  return join(project, "node_modules", ".bin", "walbrook");
}

/** The installed program, run by one version of Node. */
class Walbrook {
  readonly #node: string;
  readonly #program: string;

  constructor(node: string, program: string) {
    this.#node = node;
    this.#program = program;
  }

  spawn(...args: readonly string[]): Deno.ChildProcess {
    // By its link, as npx does, which has the Node of the path run it.
    const path = `${dirname(this.#node)}:${Deno.env.get("PATH")}`;
    const command = new Deno.Command(this.#program, {
      args: [...args],
      cwd: folder,
      clearEnv: true,
      env: { ...quietEnvironment(), PATH: path, WALBROOK_TOKEN: "hush" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    return bounded(command.spawn());
  }

  async run(...args: readonly string[]) {
    const { code, stdout, stderr } = await this.spawn(...args).output();
    return { code, stdout: linesOf(stdout), stderr: toldIn(stderr) };
  }
}

const CONFIG = `import { appendFile } from "node:fs/promises";
export default ({ UNCHANGED }: { UNCHANGED: symbol }) => ({
  subscribe: { slot: { name: "sink", create: true }, publication: "p" },
  to: {
    name: "list",
    async write(batch: { event: { newRow: { id: number } } }[]) {
      for (const { event } of batch) await appendFile("list.txt", event.newRow.id + "\\n");
    },
  },
});`;

for (const version of ["node20", "node24"] as const satisfies Program[]) {
  Deno.test(`the package for npm runs in an empty project (${version})`, async () => {
    const node = await findProgram(version);
    if (installed === null || node === null || Deno.build.os === "windows") {
      return console.log(`skipped: npm or ${version} is missing`);
    }
    const walbrook = new Walbrook(node, installed);
    assertEquals(await walbrook.run("--version"), {
      code: 0,
      stdout: [manifest.version],
      stderr: [],
    });
    assertEquals((await walbrook.run("frobnicate")).code, 64);
    await withServer({}, async ({ url }, sql) => {
      await sql(`CREATE TABLE t (id int PRIMARY KEY, note text);
        CREATE PUBLICATION p FOR TABLE t`);
      const made = await walbrook.run("slots", "create", "feed", url);
      assertEquals(made.code, 0, made.stderr.join("\n"));
      await sql("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 3) i");
      const tail = ["tail", url, "--slot", "feed", "--publication", "p"];
      const shown = await walbrook.run(
        ...[...tail, "--until", "now", "--json", "--where", "id > 1"],
      );
      assertEquals(shown.stderr, []);
      assertEquals(
        shown.stdout.map((line) => JSON.parse(line))
          .filter(({ kind }) => kind === "insert")
          .map(({ newRow }) => newRow.id),
        [2, 3],
      );
      const top = await walbrook.run("top", url, "--count", "1");
      assertStringIncludes(top.stdout.join("\n"), "feed");
      const ping = await walbrook.run("ping", url, "--count", "1");
      assertEquals(ping.code, 0, ping.stderr.join("\n"));
      const types = await walbrook.run("types", url, "--publication", "p");
      assertStringIncludes(types.stdout.join("\n"), "interface");
      const doctor = await walbrook.run("doctor", url, "--publication", "p");
      assert(doctor.code <= 1, doctor.stdout.join("\n"));

      await Deno.writeTextFile(join(folder, "sink.ts"), CONFIG);
      const sink = ["sink", url, "--config", "sink.ts", "--until", "now"];
      const delivered = await walbrook.run(...sink);
      if (version === "node20") {
        assertEquals(delivered.code, 64);
        assertStringIncludes(delivered.stderr[0] ?? "", ".mjs");
      } else {
        assertEquals(delivered.code, 0, delivered.stderr.join("\n"));
        await sql("INSERT INTO t VALUES (7)");
        assertEquals((await walbrook.run(...sink)).code, 0);
        assertEquals(await Deno.readTextFile(join(folder, "list.txt")), "7\n");
      }

      // A reader that goes away, and one that does not read.
      await sql("INSERT INTO t VALUES (100, repeat('x', 5000000))");
      for (const goesAway of [false, true]) {
        const child = walbrook.spawn(...tail, "--json");
        const reader = child.stdout.getReader();
        await reader.read();
        if (goesAway) await reader.cancel();
        else child.kill("SIGINT");
        assertEquals((await child.status).code, 0);
        if (!goesAway) await reader.cancel();
        assertEquals(await new Response(child.stderr).text(), "");
        await untilTrue(
          sql,
          "NOT EXISTS (SELECT FROM pg_replication_slots WHERE active)",
        );
      }

      const serving = walbrook.spawn(
        ...["serve", url, "--publication", "p", "--temporary"],
        ...["--port", "0", "--json"],
      );
      const said = lineReader(serving.stdout);
      const [line = ""] = await readUntil(said, () => true);
      const { url: at } = JSON.parse(line);
      const health = await fetch(`${at}health`);
      assertEquals(health.status, 200, await health.text());
      const metrics = await fetch(`${at}metrics`, {
        headers: { authorization: "Bearer hush" },
      });
      assertStringIncludes(await metrics.text(), "walbrook_up");
      serving.kill("SIGTERM");
      assertEquals((await serving.status).code, 0);
      await Promise.all([said.cancel(), serving.stderr.cancel()]);
    });
  });
}
