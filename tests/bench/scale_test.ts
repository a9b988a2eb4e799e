import { assertEquals, assertMatch } from "@std/assert";

Deno.test("deno task bench:scale measures lanes and slots", async () => {
  const script = new URL("../../bench/scale.ts", import.meta.url).pathname;
  const args = ["--rows", "8000", "--only", "slots,lanes"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, ...args],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(code, 0);
  const text = new TextDecoder().decode(stdout);
  for (const what of ["1 slot and", "4 slots and", "1 lane,", "64 lanes,"]) {
    assertMatch(text, new RegExp(`^${what}.*: [\\d,]+ rows/s$`, "m"));
  }
});
