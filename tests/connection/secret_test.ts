import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { bareEnvironment } from "./bare_environment.ts";

const SECRET = "sEcr3t";

/** Everything of an error that a log may show. */
function shown(error: unknown): string {
  const { stack } = error as Error;
  return `${error}\n${stack}\n${Deno.inspect(error, { depth: 9 })}\n${
    JSON.stringify(error)
  }`;
}

async function errorOf(connection: string): Promise<unknown> {
  try {
    await resolveConnection(connection, bareEnvironment());
    return undefined;
  } catch (error) {
    return error;
  }
}

const MISTAKES: readonly (readonly [connection: string, said: string])[] = [
  [`postgress://u:${SECRET}@h/db?sslmode=require`, "another scheme"],
  [`POSTGRES://u:${SECRET}@h/db?sslmode=require`, "lower case"],
  [`"postgres://u:${SECRET}@h/db?sslmode=require"`, "remove the quotes"],
  [`'postgres://u:${SECRET}@h/db?sslmode=require'`, "remove the quotes"],
  [`postgresql+asyncpg://u:${SECRET}@h/db?ssl=require`, "another scheme"],
  [`jdbc:postgresql://u:${SECRET}@h/db?sslmode=require`, "JDBC"],
  [`http://u:${SECRET}@h/db`, "another scheme"],
  [`psql postgres://u:${SECRET}@h/db?sslmode=require`, "command psql"],
  [`DATABASE_URL=postgres://u:${SECRET}@h/db`, "name of a variable"],
  [`url = postgres://u:${SECRET}@h/db`, "name of a variable"],
  [`postgres:/u:${SECRET}@h/db?a=b`, "not complete"],
  [`postgres//u:${SECRET}@h/db?a=b`, "not complete"],
  [`u:${SECRET}@h/db?sslmode=require`, "no scheme"],
  [`//u:${SECRET}@h/db?sslmode=require`, "no scheme"],
  [`host=h user=u pass word=${SECRET}`, "no keyword"],
  [`host=h user=u ${SECRET}=x`, "a keyword that does not exist"],
  [`host=h;user=u;password=${SECRET};dbname=x`, 'separated by ";"'],
  [`Server=h;Port=5432;Password=${SECRET};Database=x`, 'separated by ";"'],
  [`host=h,password=${SECRET},user=u`, 'separated by ";" or ","'],
  [`host=h dbname=shop;password=${SECRET} user=u`, "value of dbname"],
  [`host=h user=u;password=${SECRET}`, "value of user"],
  [`host=h user=apppassword=${SECRET}`, "value of user"],
  [`user=u@h:${SECRET} host=h`, "value of user"],
  [`postgres://u@h/db;password=${SECRET}`, "value of dbname"],
  [`postgres://u@h/db&password=${SECRET}`, "value of dbname"],
  [`postgres://u;${SECRET}@h/db`, "value of user"],
  [`postgres://u%3A${SECRET}@h/db`, "is percent-encoded"],
  [`postgres://u@h?user=x:${SECRET}`, "value of user"],
  [`postgres://u:${SECRET}@h:54 32/db`, "a blank"],
  [`postgres://u:${SECRET}@h/db?sslmode=require?x=${SECRET}`, 'one "="'],
  [`postgres://u@h/db?${SECRET}`, 'one "="'],
  [`postgres://u@h/db?password=${SECRET};sslmode=require&x=1`, 'one "="'],
  [`postgres://h:${SECRET}/db`, "the port given"],
  [`postgres://u:p@h,h2:${SECRET}/db`, "the port given"],
  [`host=${SECRET} port=x`, "the port given"],
  [`postgres://u:${SECRET}@[::1/db`, "no host and port"],
  [`postgres://u:1/${SECRET}@h/db`, '"@" in the name of the database'],
  [`postgres://u:a@${SECRET}/b@h/db`, '"@" in the name of the database'],
  [`postgres://u:p@h/db?sslmode=${SECRET}`, "sslmode: it is none of"],
  [`postgres://u:p@h/db?connect_timeout=${SECRET}`, "whole number of seconds"],
  [`postgres://u:p@h/db?target_session_attrs=${SECRET}`, "none of any"],
  [`user=u host=h require_auth=${SECRET}`, "method that does not exist"],
  [`user=u host=@${SECRET}`, "abstract socket names"],
  [`user=u host=h;${SECRET}`, "characters that neither"],
  [`user=u host=postgres://u:${SECRET}@h/db`, "characters that neither"],
  [`user=u sslrootcert=/${SECRET} host=h`, "sslrootcert names: no such file"],
  [`service=${SECRET}`, "Cannot find the service"],
  [`service=s servicefile=/${SECRET}`, "servicefile names: no such file"],
];

for (const [connection, said] of MISTAKES) {
  Deno.test(`an error about ${connection} says "${said}", and no password`, async () => {
    const error = await errorOf(connection);
    assert(error instanceof Error, "it was accepted");
    assert(error.message.includes(said), error.message);
    assertEquals(shown(error).includes(SECRET), false, shown(error));
  });
}

// What looks like one of these mistakes, and is none.
const TAKEN: readonly string[] = [
  "user=postgres host=h",
  "host=postgres user=u",
  "dbname=postgres user=u host=h",
  "user=u@tenant host=h password=a@b",
  "password=a;b=c host=h user=u",
  "options=-csearch_path=a,b user=u host=h",
  "host=a,b port=1,2 user=u",
  "host=h user='u;v' dbname='a=b'",
  "postgres://u%40tenant:a%3Ab@h/a%3Db",
];

for (const connection of TAKEN) {
  Deno.test(`${connection} is taken as it is`, async () => {
    assertEquals(await errorOf(connection), undefined);
  });
}

const WHOLE: readonly string[] = [
  `postgres://app:${SECRET}@db.example.com:5432/shop?sslmode=require&connect_timeout=5`,
  `host=db.example.com port=5432 user=app password=${SECRET} dbname=shop sslmode=require`,
  `postgresql://app:${SECRET}@[::1]:5432,h2/shop?application_name=x&require_auth=md5`,
];
const PIECES = ["://", "//", "@", ":", "/", "?", "&", "=", ";", ",", " ", "'"];

Deno.test("no error shows a password, however the connection string is mangled", async () => {
  const edit = fc.record({
    at: fc.nat({ max: 120 }),
    remove: fc.nat({ max: 3 }),
    insert: fc.oneof(fc.constantFrom("", ...PIECES, "\n", "#", "%", '"', "\\")),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...WHOLE),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      async (whole, edits) => {
        let text = whole;
        for (const { at, remove, insert } of edits) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + insert + text.slice(start + remove);
        }
        const error = await errorOf(text);
        // An edit may cut the secret itself; then there is nothing to look for.
        if (error !== undefined) {
          assertEquals(shown(error).includes(SECRET), false, text);
        }
      },
    ),
    { numRuns: 1_500, seed: 11 },
  );
});

Deno.test("no error shows a word that stands anywhere in a connection string", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...WHOLE.map((text) => text.replace(SECRET, "p"))),
      fc.nat({ max: 120 }),
      fc.constantFrom("", ...PIECES),
      fc.constantFrom("", ...PIECES),
      async (whole, at, before, after) => {
        const start = at % (whole.length + 1);
        const text = whole.slice(0, start) + before + SECRET + after +
          whole.slice(start);
        const error = await errorOf(text);
        if (error !== undefined) {
          assertEquals(shown(error).includes(SECRET), false, text);
        }
      },
    ),
    { numRuns: 1_500, seed: 12 },
  );
});

// All that an error of the login, or of the server, may show of a connection.
async function shownLater(connection: string): Promise<string> {
  try {
    const { targets, user, database } = await resolveConnection(
      connection,
      bareEnvironment(),
    );
    return JSON.stringify([targets, user, database]);
  } catch {
    return "";
  }
}

Deno.test("no part that is shown later takes in the password where a separator is lost", async () => {
  for (const whole of WHOLE) {
    const from = whole.indexOf(SECRET) - 1;
    // Without what divides user and password nobody can tell that there are two.
    const isUserInfo = whole[from] === ":";
    for (let at = 0; at < whole.length; at++) {
      if (isUserInfo && at === from) continue;
      for (const separator of ["", ";", "&"]) {
        const text = whole.slice(0, at) + separator + whole.slice(at + 1);
        assertEquals((await shownLater(text)).includes(SECRET), false, text);
      }
    }
  }
});

Deno.test("a mistake near a known word is answered with that word", async () => {
  const cases = [
    ["hots=h", 'did you mean "host"?'],
    ["host=h sslmod=require", 'did you mean "sslmode"?'],
    ["host=h PORT=5", 'did you mean "port"?'],
    ["user=u sslmode=requir", 'did you mean "require"?'],
    ["user=u sslmode=no-verify", 'write "require"'],
    ["host=h schema=public", "another driver or tool: remove it"],
    ["host=h pgbouncer=true", "connect to the server itself"],
  ] as const;
  for (const [connection, said] of cases) {
    const error = await assertRejects(
      () => resolveConnection(connection, bareEnvironment()),
      TypeError,
    );
    assert(error.message.includes(said), error.message);
  }
});
