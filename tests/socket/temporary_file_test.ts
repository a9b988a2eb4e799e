import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { environment as denoEnvironment } from "@walbrook/walbrook/deno";
import { environment as nodeEnvironment } from "@walbrook/walbrook/node";

function bytesOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed) % 251);
}

// Makes the folder for temporary files one that nobody else uses.
async function inOwnFolder(
  body: (names: () => string[]) => Promise<void>,
): Promise<void> {
  const variables = ["TMPDIR", "TMP", "TEMP"];
  const before = variables.map((name) => [name, Deno.env.get(name)] as const);
  const folder = await Deno.makeTempDir();
  for (const name of variables) Deno.env.set(name, folder);
  try {
    assertEquals(tmpdir(), folder);
    await body(() => [...Deno.readDirSync(folder)].map(({ name }) => name));
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [runtime, environment] of [
    ["Deno", denoEnvironment],
    ["Node", nodeEnvironment],
  ] as const
) {
  Deno.test(`openTemporaryFile() of ${runtime} keeps what is written, wherever, without a name`, async () => {
    await inOwnFolder(async (names) => {
      const file = await environment.openTemporaryFile!();
      if (Deno.build.os === "windows") assertEquals(names().length, 1);
      // Gone already, so that nothing is left even of a process that is killed.
      else assertEquals(names(), []);
      const large = bytesOf(3_000_000, 1);
      const small = bytesOf(10, 2);
      await file.write(large, 0);
      await file.write(small, 2_999_995);
      await file.write(small, 5);
      const read = new Uint8Array(3_000_010);
      assertEquals(await file.read(read, 0), 3_000_005);
      const expected = new Uint8Array(3_000_010);
      expected.set(large);
      expected.set(small, 2_999_995);
      expected.set(small, 5);
      assert(read.every((byte, at) => byte === expected[at]));
      const part = new Uint8Array(4);
      assertEquals(await file.read(part, 2_999_999), 4);
      assertEquals(part, small.subarray(4, 8));
      assertEquals(await file.read(part, 9_000_000), 0);
      await file.close();
      await file.close();
      assertEquals(names(), []);
    });
  });
}

Deno.test("environment of Deno has no temporary files without the permission, and does not ask", async () => {
  const script = `
    import { environment } from "@walbrook/walbrook/deno";
    console.log(environment.openTemporaryFile === undefined);
  `;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script);
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const outputs = await Promise.all(
    [[], ["--allow-write"], ["--allow-read", "--allow-write"]].map(
      async (permissions) => {
        const { stdout } = await new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "--no-check", "--config", config, ...permissions],
            file,
          ],
        }).output();
        return new TextDecoder().decode(stdout).trim();
      },
    ),
  );
  await Deno.remove(file);
  assertEquals(outputs, ["true", "true", "false"]);
});
