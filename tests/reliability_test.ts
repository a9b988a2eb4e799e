import { assert } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

Deno.test("docs/reliability.md names tests that exist", async () => {
  const text = await Deno.readTextFile(new URL("docs/reliability.md", ROOT));
  const files = [...text.matchAll(/`(tests\/[\w/]+\.ts)`/g)]
    .map(([, path = ""]) => path);
  assert(files.length >= 12, `${files.length}`);
  for (const path of files) {
    const source = await Deno.readTextFile(new URL(path, ROOT));
    assert(/\b(Deno\.test|testOn\w+)\(/.test(source), path);
  }
});
