import { readFile } from "node:fs/promises";
import {
  compareTypes,
  generateTypes,
  type NamedParser,
  type ParserChoice,
} from "@walbrook/walbrook/typegen";
import type { CommandContext } from "../command/command.ts";
import { listOf } from "../command/parse_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { requireConnection } from "../database/connection_argument.ts";

/** Runs `types`. */
export async function runTypesCommand(
  { args, host }: CommandContext,
): Promise<number> {
  const publication = listOf(args.values("publication"));
  if (publication.length === 0) {
    throw new UsageError("types needs --publication NAME");
  }
  const connection = requireConnection(args.operands[0], host.variable);
  const from = args.value("from");
  const path = args.value("check");
  const source = await generateTypes(connection, {
    publication,
    parsers: Object.fromEntries(
      [...args.others].map(([type, parser]) => [type, parserOf(parser)]),
    ),
    binary: args.flag("binary"),
    signal: host.stop,
    ...from === undefined ? {} : { from },
  }).catch((error) => {
    // The command line requests something impossible.
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  });
  if (path !== undefined) {
    const file = await readFile(path, "utf8").catch((cause) => {
      throw new Error(
        `Cannot check ${path}: ${cause.message}; without --check, types writes what belongs there`,
        { cause },
      );
    });
    const { isCurrent, differences } = compareTypes(file, source);
    if (args.flag("json")) {
      await host.write(`${JSON.stringify({ isCurrent, differences })}\n`);
    } else if (!isCurrent) {
      host.tell([
        `${path} is out of date: the database has changed, or other options were used`,
        ...differences,
      ]);
    }
    return isCurrent ? 0 : 1;
  }
  await host.write(
    args.flag("json") ? `${JSON.stringify({ source })}\n` : source,
  );
  return 0;
}

function parserOf(text: string): ParserChoice {
  const at = text.lastIndexOf("#");
  // Whether a parser with that name exists is checked where it is used.
  return at < 0
    ? text as NamedParser
    : { module: text.slice(0, at), name: text.slice(at + 1) };
}
