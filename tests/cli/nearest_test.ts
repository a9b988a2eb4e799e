import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../packages/cli/src/command/usage_error.ts";
import { parseArguments } from "../../packages/cli/src/command/parse_arguments.ts";
import { findCommand } from "../../packages/cli/src/commands.ts";
import { TAIL } from "../../packages/cli/src/tail/spec.ts";
import {
  editDistance,
  nearestTo,
} from "../../packages/cli/src/text/nearest.ts";

Deno.test("editDistance() counts insertions, removals, replacements and swaps", () => {
  assertEquals(
    ([
      ...[["", ""], ["", "abc"], ["abc", ""], ["table", "table"]],
      ...[["tabel", "table"], ["tble", "table"], ["tables", "table"]],
      ...[["tablo", "table"], ["kitten", "sitting"], ["ab", "ba"]],
    ] as [string, string][]).map(([from, to]) => editDistance(from, to)),
    [0, 3, 3, 0, 1, 1, 1, 1, 3, 1],
  );
});

Deno.test("nearestTo() finds what was probably meant, and nothing else", () => {
  const names = ["table", "temporary", "slot", "until", "top", "types"];
  assertEquals(nearestTo("tabel", names), ["table"]);
  assertEquals(nearestTo("TABLE", names), ["table"]);
  assertEquals(nearestTo("temp", names), ["temporary"]);
  assertEquals(nearestTo("tpo", names), ["top"]);
  assertEquals(nearestTo("slt", names), ["slot"]);
  assertEquals(nearestTo("tabelz", names), ["table"]);
  assertEquals(nearestTo("stop", names), ["top"]);
  assertEquals(nearestTo("t", names), []);
  assertEquals(nearestTo("xyz", names), []);
  assertEquals(nearestTo("frobnicate", names), []);
});

const MISSPELLED: readonly (readonly [string, string])[] = [
  ["--tabel x", "There is no option --tabel; did you mean --table?"],
  ["--tables=x", "There is no option --tables; did you mean --table?"],
  ["--pub p", "There is no option --pub; did you mean --publication?"],
  ["--jsno", "There is no option --jsno; did you mean --json?"],
  [
    "--startlsn 0/1",
    "There is no option --startlsn; did you mean --start-lsn?",
  ],
];

for (const [line, said] of MISSPELLED) {
  Deno.test(`tail suggests an option for ${line}`, () => {
    const error = assertThrows(
      () => parseArguments(TAIL, line.split(" ")),
      UsageError,
    );
    assertEquals(error.message, said);
  });
}

Deno.test("findCommand() suggests a command", () => {
  const said = (line: string) =>
    assertThrows(() => findCommand(line.split(" ")), UsageError).message;
  assertEquals(said("tial"), 'There is no command "tial"; did you mean tail?');
  assertEquals(said("slot"), 'There is no command "slot"; did you mean slots?');
  assertEquals(
    said("slots drp s"),
    'There is no command "slots drp"; did you mean slots drop?',
  );
  assertEquals(
    said("publications remove"),
    'There is no command "publications remove"; the commands are publications list, publications create, publications check',
  );
  assertEquals(findCommand(["slots", "--json"]).spec.name, "slots list");
  assertEquals(
    findCommand(["slots", "postgres://h/d"]).rest,
    ["postgres://h/d"],
  );
  assertEquals(findCommand(["slots", "dbname=d"]).rest, ["dbname=d"]);
});
