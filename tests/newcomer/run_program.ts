/**
 * Runs a program to its end.
 *
 * @param program The program.
 * @param args Its arguments.
 * @returns What it printed.
 * @throws {Error} If it fails; the message has what it said.
 */
export async function run(
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  throw new Error(`${program} ${args.join(" ")}: ${text.decode(stderr)}`);
}
