import {
  type CommandContext,
  type CommandSpec,
  optionsOf,
} from "../command/command.ts";
import { UsageError } from "../command/usage_error.ts";

/** What can follow the typed words. */
interface Step {
  /** The words so far, such as `"slots drop"`; empty at the start. */
  readonly path: string;
  /** What can follow, with a description of each. */
  readonly words: readonly (readonly [string, string])[];
}

/** The choices for the value of an option, or for an operand. */
interface Choices {
  /** The command. */
  readonly path: string;
  /** The option with its dashes; empty for an operand. */
  readonly after: string;
  /** What to choose from. */
  readonly words: readonly string[];
}

const WRITERS: Readonly<
  Record<
    string,
    (steps: readonly Step[], choices: readonly Choices[]) => string
  >
> = { bash: bashText, zsh: zshText, fish: fishText };

/** Runs `completions`. */
export async function runCompletions(
  { args, host, commands }: CommandContext,
): Promise<void> {
  const [shell = ""] = args.operands;
  if (!Object.hasOwn(WRITERS, shell)) {
    throw new UsageError(
      `There are no completions for "${shell}"; there are for ${
        Object.keys(WRITERS).join(", ")
      }`,
    );
  }
  await host.write(WRITERS[shell]!(findSteps(commands), findChoices(commands)));
}

function findSteps(commands: readonly CommandSpec[]): Step[] {
  const groups = new Map<string, [string, string][]>();
  const first: [string, string][] = [];
  for (const { name, summary } of commands) {
    const [head = "", sub] = name.split(" ");
    if (sub === undefined) first.push([head, summary]);
    else {
      if (!groups.has(head)) {
        first.push([head, `Manages ${head}.`]);
        groups.set(head, []);
      }
      groups.get(head)!.push([sub, summary]);
    }
  }
  return [
    {
      path: "",
      words: [...first, ["--help", "Help."], ["--version", "The version."]],
    },
    ...[...groups].map(([path, words]) => ({ path, words })),
    ...commands.map((spec) => ({
      path: spec.name,
      words: optionsOf(spec).map(({ name, text }) =>
        [`--${name}`, text] as const
      ),
    })),
  ];
}

function findChoices(commands: readonly CommandSpec[]): Choices[] {
  return commands.flatMap((spec) => [
    ...optionsOf(spec).flatMap(({ name, choices }) =>
      choices === undefined
        ? []
        : [{ path: spec.name, after: `--${name}`, words: choices }]
    ),
    ...spec.operands.flatMap(({ choices }) =>
      choices === undefined
        ? []
        : [{ path: spec.name, after: "", words: choices }]
    ),
  ]);
}

// Only the words of the command, without options and their values.
function bashText(
  steps: readonly Step[],
  choices: readonly Choices[],
): string {
  const names = steps.map(({ path }) => path).filter((path) => path !== "");
  return `\
# bash completion for walbrook
_walbrook() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local typed= word next
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next=\${typed:+$typed }$word
    case $next in
      ${names.map((name) => `"${name}"`).join("|")}) typed=$next ;;
    esac
  done
  case $typed,$prev in
${
    choices.filter(({ after }) => after !== "").map(({ path, after, words }) =>
      `    "${path},${after}") COMPREPLY=($(compgen -W "${
        words.join(" ")
      }" -- "$cur")); return ;;`
    ).join("\n")
  }
  esac
  case $typed in
${
    steps.map(({ path, words }) => {
      const operands = choices.filter((one) =>
        one.path === path && one.after === ""
      ).flatMap((one) => one.words);
      return `    "${path}") COMPREPLY=($(compgen -W "${
        [...words.map(([word]) => word), ...operands].join(" ")
      }" -- "$cur")) ;;`;
    }).join("\n")
  }
  esac
}
complete -o default -F _walbrook walbrook
`;
}

function zshText(steps: readonly Step[], choices: readonly Choices[]): string {
  const names = steps.map(({ path }) => path).filter((path) => path !== "");
  const described = (words: Step["words"]) =>
    words.map(([word, text]) => `'${word}:${zshQuoted(text)}'`).join(" ");
  return `\
#compdef walbrook
_walbrook() {
  local typed= word next
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next=\${typed:+$typed }$word
    case $next in
      ${names.map((name) => `"${name}"`).join("|")}) typed=$next ;;
    esac
  done
  case "$typed,\${words[CURRENT-1]}" in
${
    choices.filter(({ after }) => after !== "").map(({ path, after, words }) =>
      `    "${path},${after}") compadd -- ${words.join(" ")}; return ;;`
    ).join("\n")
  }
  esac
  case $typed in
${
    steps.map(({ path, words }) => {
      const operands = choices.filter((one) =>
        one.path === path && one.after === ""
      ).flatMap((one) => one.words);
      return `    "${path}") found=(${
        described([...words, ...operands.map((word) => [word, word] as const)])
      }) ;;`;
    }).join("\n")
  }
  esac
  _describe walbrook found
}
_walbrook "$@"
`;
}

function zshQuoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(":", "\\:");
}

function fishText(
  steps: readonly Step[],
  choices: readonly Choices[],
): string {
  const lines: string[] = [];
  const subcommands = new Map<string, readonly string[]>();
  for (const { path, words } of steps) {
    const isGroup = words.every(([word]) => !word.startsWith("--"));
    if (path !== "" && isGroup) {
      subcommands.set(path, words.map(([word]) => word));
    }
  }
  for (const { path, words } of steps) {
    const condition = fishCondition(path, subcommands);
    for (const [word, text] of words) {
      const option = word.startsWith("--");
      const choice = choices.find((one) =>
        one.path === path && one.after === word
      );
      lines.push(
        `complete -c walbrook ${option ? "" : "-f "}-n ${condition} ${
          option ? `-l ${word.slice(2)}` : `-a ${word}`
        }${
          choice === undefined
            ? ""
            : ` -x -a ${fishQuoted(choice.words.join(" "))}`
        } -d ${fishQuoted(text)}`,
      );
    }
    for (const one of choices) {
      if (one.path !== path || one.after !== "") continue;
      lines.push(
        `complete -c walbrook -f -n ${condition} -a ${
          fishQuoted(one.words.join(" "))
        }`,
      );
    }
  }
  return `# fish completion for walbrook\n${lines.join("\n")}\n`;
}

function fishCondition(
  path: string,
  subcommands: ReadonlyMap<string, readonly string[]>,
): string {
  if (path === "") return "__fish_use_subcommand";
  const [head = "", sub] = path.split(" ");
  const seen = `__fish_seen_subcommand_from ${head}`;
  if (sub !== undefined) {
    return fishQuoted(`${seen}; and __fish_seen_subcommand_from ${sub}`);
  }
  const subs = subcommands.get(head);
  return fishQuoted(
    subs === undefined
      ? seen
      : `${seen}; and not __fish_seen_subcommand_from ${subs.join(" ")}`,
  );
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
