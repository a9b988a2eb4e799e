/**
 * Runs a program, and waits for its end.
 *
 * @param program The program.
 * @param args Its arguments.
 * @returns Its output.
 * @throws {Error} If it fails; the message includes its error output.
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
