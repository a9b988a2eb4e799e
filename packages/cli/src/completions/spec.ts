import type { CommandSpec } from "../command/command.ts";

/** The definition of `completions`. */
export const COMPLETIONS: CommandSpec = {
  name: "completions",
  summary: "Writes a script that completes commands and options in a shell.",
  operands: [{ name: "SHELL", choices: ["bash", "zsh", "fish"] }],
  options: [],
  notes: `\
bash: walbrook completions bash > ~/.local/share/bash-completion/completions/walbrook
zsh:  walbrook completions zsh > DIRECTORY/_walbrook, in a directory of $fpath
fish: walbrook completions fish > ~/.config/fish/completions/walbrook.fish`,
  examples: [{ line: "bash", text: "For bash" }],
  load: async () => (await import("./run_completions.ts")).runCompletions,
};
