import { parseConnectionString } from "../../src/connection/connection_string.ts";
import { matchPassword } from "../../src/connection/password_file.ts";
import { readService } from "../../src/connection/service_file.ts";
import { Random } from "../delivery/random.ts";
import { sharedServer } from "../helpers/postgres.ts";
import { type Libpq, loadLibpq } from "./libpq.ts";
import { LOGIN, PASSWORD_FILES } from "../connection/password_files.ts";
import {
  REFUSED_SERVICE_FILES,
  SERVICE_FILES,
} from "../connection/service_files.ts";
import { assert, assertEquals } from "@std/assert";

// The same questions to this library and to libpq.

const context = sharedServer({ major: 18 });
const STRINGS = 20_000;

async function withFile(
  text: string,
  run: (path: string) => void | Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

function withLibpq(run: (libpq: Libpq) => Promise<void> | void) {
  return async () => {
    using libpq = loadLibpq(context.server);
    if (libpq !== null) await run(libpq);
  };
}

Deno.test(
  "matchPassword() finds what libpq finds",
  withLibpq(async (libpq) => {
    const { host, port, database, user } = LOGIN;
    for (const [text] of PASSWORD_FILES) {
      await withFile(text, (passfile) => {
        const theirs = libpq.password({
          host,
          // Nobody listens there, and nobody is asked for the password.
          hostaddr: "127.0.0.1",
          port: String(port),
          dbname: database,
          user,
          passfile,
        });
        assertEquals(matchPassword(text, LOGIN) ?? "", theirs, text);
      });
    }
  }),
);

Deno.test(
  "readService() takes what libpq takes",
  withLibpq(async (libpq) => {
    const none = Object.fromEntries(libpq.defaults());
    const texts = [...SERVICE_FILES, ...REFUSED_SERVICE_FILES];
    try {
      for (const [text] of texts) {
        await withFile(text, async (file) => {
          Deno.env.set("PGSERVICE", "s");
          Deno.env.set("PGSERVICEFILE", file);
          const theirs = Object.fromEntries(libpq.defaults());
          const environment = {
            get: () => undefined,
            readTextFile: Deno.readTextFile,
          };
          const ours = await readService("s", file, environment)
            .then((keywords) => Object.fromEntries(keywords), () => null);
          // Of a file with a mistake libpq takes what stands before it, and fails later.
          if (ours === null) return;
          delete theirs["service"];
          assertEquals({ ...none, ...ours }, theirs, text);
        });
      }
    } finally {
      Deno.env.delete("PGSERVICE");
      Deno.env.delete("PGSERVICEFILE");
    }
  }),
);

const WORDS = [
  ..."hup=:/@?&,[] '\\%#+",
  ...["host", "port", "user", "password", "dbname", "sslmode", "options"],
  ...["=", "=", " ", "'", "\\'", "%20", "%2F", "%", "%zz", "%C3%A9", "%00"],
  ...["::1", "[::1]", "1", "a,b", "é", "\t", "&ssl=true", "?user=", "true"],
];
const STARTS = ["", "", "host=a ", "postgres://", "postgresql://", "postgres:"];

function randomString(random: Random): string {
  const words = Array.from(
    { length: random.below(12) },
    () => random.pick(WORDS),
  );
  return random.pick(STARTS) + words.join("");
}

function parse(text: string, known: ReadonlySet<string>) {
  try {
    const keywords = parseConnectionString(text);
    // Ours are judged later.
    const isKnown = [...keywords.keys()].every((name) => known.has(name));
    return isKnown ? Object.fromEntries(keywords) : null;
  } catch (error) {
    assert(error instanceof SyntaxError);
    return null;
  }
}

// In a URL's host libpq takes brackets and another "@", which more likely belongs to a
// password that should have been encoded.
function isStricter(text: string): boolean {
  const rest = /^postgres(?:ql)?:\/\/(?:[^@/]*@)?([^/?]*)/.exec(text)?.[1];
  return rest !== undefined &&
    rest.split(",").some((host) =>
      /[@[\]]/.test(host.replace(/^\[[^\]]+\](?=:|$)/, ""))
    );
}

// Of names with such characters ours are refused unless they are quoted or encoded: two
// parts of the string may have run together, one of them the password.
function mayHaveRunTogether(
  text: string,
  theirs: Record<string, string>,
): boolean {
  // What the query of a URL says later counts for libpq.
  const user = /^postgres(?:ql)?:\/\/([^@/:]*)(?::[^@/]*)?@/.exec(text)?.[1];
  return [user, theirs["user"], theirs["dbname"]].some((name) =>
    name !== undefined && /[@:;,=&?|"'`<>]/.test(name)
  );
}

Deno.test(
  "parseConnectionString() reads what libpq reads, whatever it is",
  withLibpq((libpq) => {
    const random = new Random(5);
    const known = new Set(libpq.keywords().keys());
    const differences: unknown[] = [];
    let read = 0;
    let refused = 0;
    for (let i = 0; i < STRINGS; i++) {
      const text = randomString(random);
      const ours = parse(text, known);
      if (isStricter(text)) continue;
      const isUrl = /^postgres(?:ql)?:\/\//.test(text);
      // Blanks around a URL are ignored here.
      const found = libpq.parse(isUrl ? text.replace(/[\t-\r ]+$/, "") : text);
      const theirs = found && Object.fromEntries(found);
      // Bytes that are no UTF-8, which libpq passes on.
      if (Deno.inspect(theirs).includes("\ufffd")) continue;
      if (
        theirs !== null && ours === null && mayHaveRunTogether(text, theirs)
      ) {
        refused++;
        continue;
      }
      if (theirs !== null) read++;
      if (Deno.inspect(sorted(ours)) !== Deno.inspect(sorted(theirs))) {
        differences.push({ text, ours, theirs });
      }
    }
    assertEquals(differences, []);
    assert(read > STRINGS / 20, `${read}`);
    assert(refused < STRINGS / 20, `${refused}`);
  }),
);

function sorted(keywords: Record<string, string> | null) {
  return keywords && Object.entries(keywords).sort();
}
