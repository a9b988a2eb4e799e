import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "./run_cli.ts";

async function completed(
  script: string,
  words: readonly string[],
): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      ...["--norc", "--noprofile", "-c"],
      `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_walbrook; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ...["bash", "walbrook", ...words],
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("completions for bash complete commands, options and choices", async () => {
  const { stdout } = await runCli(["completions", "bash"]);
  const script = stdout.join("\n");
  const table: readonly (readonly [readonly string[], string])[] = [
    [["sl"], "slots"],
    [["slots", ""], "list create drop advance repair"],
    [["slots", "drop", "--y"], "--yes"],
    [["slots", "drop", "feed", "--wa"], "--wait"],
    [["tail", "--fo"], "--format"],
    [["tail", "--format", ""], "pretty ndjson"],
    [["tail", "--format", "n"], "ndjson"],
    [["completions", "z"], "zsh"],
    [["nonsense", "--y"], ""],
  ];
  for (const [words, expected] of table) {
    assertEquals((await completed(script, words)).join(" "), expected);
  }
});

// What zsh would show, by functions in the place of its own.
const ZSH = `
_describe() { print -l -- \${(P)2} }
compadd() { shift; print -l -- $@ }
source $1; shift
words=(walbrook "$@"); CURRENT=$#words
_walbrook`;

const SHELLS = [
  ["zsh", (file: string, words: readonly string[]) => [
    ...["-f", "-c", ZSH, "zsh", file, ...words],
  ]],
  ["fish", (file: string, words: readonly string[]) => [
    ...["--no-config", "-c"],
    `source ${file}; complete -C 'walbrook ${words.join(" ")}'`,
  ]],
] as const;

for (const [shell, argumentsFor] of SHELLS) {
  Deno.test(`completions for ${shell} complete commands, options and choices`, async () => {
    const { stdout } = await runCli(["completions", shell]);
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, `${stdout.join("\n")}\n`);
      for (
        const [words, expected] of [
          [[""], "slots"],
          [["slots", ""], "drop"],
          [["slots", "drop", "--"], "--yes"],
          [["tail", "--format", ""], "ndjson"],
          [["completions", ""], "zsh"],
        ] as const
      ) {
        const { success, stdout, stderr } = await new Deno.Command(shell, {
          args: argumentsFor(file, words),
        }).output();
        const text = new TextDecoder();
        assert(success, text.decode(stderr));
        const found = text.decode(stdout).split("\n")
          .map((line) => line.split(/[:\t]/)[0]);
        assert(found.includes(expected), found.join(" "));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      console.log(`skipped: ${shell} is missing`);
    } finally {
      await Deno.remove(file);
    }
  });
}

Deno.test("completions names the shells that there are", async () => {
  const { code, stderr } = await runCli(["completions", "tcsh"]);
  assertEquals(code, 64);
  assertStringIncludes(stderr[0] ?? "", "bash, zsh, fish");
});
