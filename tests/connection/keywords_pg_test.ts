import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { sharedServer } from "../helpers/postgres.ts";
import { loadLibpq } from "../login/libpq.ts";
import { assert, assertEquals } from "@std/assert";

const context = sharedServer({ major: 18 });
const PAGE = await Deno.readTextFile(
  new URL("../../docs/connecting.md", import.meta.url),
);

/** A row of the page's table. */
interface Row {
  readonly keyword: string;
  readonly option: string;
  readonly variable: string;
  readonly note: string;
}

const ROWS: readonly Row[] = PAGE.split("\n").flatMap((line) => {
  const [, keyword, option, variable, note] =
    /^\| `(\w+)` *\|(.*?)\|(.*?)\| (.*) \|$/.exec(line) ?? [];
  if (keyword === undefined || option === undefined) return [];
  return [{
    keyword,
    option: option.replaceAll(/[` ]/g, ""),
    variable: variable?.replaceAll(/[` ]/g, "") ?? "",
    note: note?.trim() ?? "",
  }];
});

Deno.test("docs/connecting.md lists every keyword that libpq has, with its variable", () => {
  const { server } = context;
  using libpq = loadLibpq(server);
  if (libpq === null) return;
  const listed = new Map(
    ROWS.map(({ keyword, variable }) => [keyword, variable]),
  );
  const theirs = libpq.keywords();
  assert(theirs.size > 40);
  // What only developers of libpq use.
  for (const name of ["authtype", "tty"]) theirs.delete(name);
  for (const [keyword, variable] of theirs) {
    assertEquals(listed.get(keyword), variable, keyword);
  }
  // PostgreSQL 19 brings it.
  listed.delete("servicefile");
  for (const keyword of listed.keys()) assert(theirs.has(keyword), keyword);
});

for (const { keyword, note } of ROWS) {
  Deno.test(`resolveConnection() does with ${keyword} what docs/connecting.md says`, async () => {
    const outcome = await resolveConnection(
      `user=u ${keyword}=no\\ such\\ value`,
      { get: () => undefined },
    ).then(() => "accepted", (error: Error) => error.message);
    const isUnsupported = outcome.includes("this library does not support it");
    assert(!outcome.includes("there is no such keyword"), outcome);
    assertEquals(
      isUnsupported,
      / ?rejected/.test(note) && keyword !== "sslcertmode",
    );
    if (note.startsWith("no effect")) assertEquals(outcome, "accepted");
  });
}

Deno.test("docs/connecting.md lists every option of an object", async () => {
  const error = await resolveConnection(
    { nothing: 1 } as Record<string, unknown>,
    { get: () => undefined },
  ).catch((error: Error) => error);
  assert(error instanceof TypeError);
  const names = error.message.replace(/^.*the names are /, "").split(", ");
  assertEquals(
    names.sort(),
    ROWS.flatMap(({ option }) => option === "" ? [] : [option]).sort(),
  );
});
