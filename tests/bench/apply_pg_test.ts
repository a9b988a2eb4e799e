import { assertEquals, assertMatch } from "@std/assert";

Deno.test("deno task bench:apply measures each way to keep a copy", async () => {
  const script = new URL("../../bench/apply.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, "--rows", "2000", "--rounds", "1"],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(code, 0);
  const text = new TextDecoder().decode(stdout);
  for (const name of ["native", "postgres", "sqlite"]) {
    assertMatch(text, new RegExp(`^  ${name} +[\\d,]+ rows/s, `, "m"));
  }
});
