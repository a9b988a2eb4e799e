import {
  findInPasswordFile,
  matchPassword,
} from "../../src/connection/password_file.ts";
import { LOGIN, PASSWORD_FILES } from "./password_files.ts";
import type { FileDescription } from "../../src/socket/socket.ts";
import { assertEquals } from "@std/assert";

for (const [text, password] of PASSWORD_FILES) {
  Deno.test(`matchPassword() reads ${JSON.stringify(text)}`, () => {
    assertEquals(matchPassword(text, LOGIN), password);
  });
}

Deno.test("matchPassword() knows names with colons, and sockets", () => {
  const address = { ...LOGIN, host: "::1" };
  assertEquals(matchPassword("\\:\\:1:*:d:u:six", address), "six");
  const star = { ...LOGIN, user: "*" };
  assertEquals(matchPassword("h:*:d:\\*:star", star), "star");
  for (const host of ["/tmp", "/var/run/postgresql"]) {
    const socket = { ...LOGIN, host };
    assertEquals(matchPassword("localhost:*:*:*:local", socket), "local");
    assertEquals(matchPassword(`${host}:*:*:*:path`, socket), "path");
  }
  const elsewhere = { ...LOGIN, host: "/run/pg" };
  assertEquals(matchPassword("localhost:*:*:*:local", elsewhere), undefined);
});

interface Case {
  readonly path?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly described?: FileDescription | null;
}

function find({ path, variables = { HOME: "/home/u" }, described }: Case) {
  return findInPasswordFile({
    path,
    environment: {
      get: (name) => variables[name],
      readTextFile: (path) =>
        path === "/unreadable"
          ? Promise.reject(new Error("No"))
          : Promise.resolve(`h:*:*:*:${path.replaceAll("\\", "/")}`),
      ...(described === undefined
        ? {}
        : { describeFile: () => Promise.resolve(described) }),
    },
  }, LOGIN);
}

const PRIVATE = { isFile: true, mode: 0o100600, ownerId: 1000 };

Deno.test("findInPasswordFile() looks where libpq looks", async () => {
  assertEquals(await find({}), { password: "/home/u/.pgpass" });
  assertEquals(await find({ path: "/p" }), { password: "/p" });
  const variables = { OS: "Windows_NT", APPDATA: "C", HOME: "/home/u" };
  assertEquals(await find({ variables }), {
    password: "C/postgresql/pgpass.conf",
  });
  assertEquals(await find({ variables: {} }), {});
  assertEquals(
    await findInPasswordFile(
      { path: "/p", environment: { get: () => undefined } },
      LOGIN,
    ),
    {},
  );
});

Deno.test("findInPasswordFile() passes over a file that others may read", async () => {
  const path = "/p";
  for (const mode of [0o100600, 0o100400, null]) {
    const described = { ...PRIVATE, mode };
    assertEquals(await find({ path, described }), { password: "/p" });
  }
  for (const mode of [0o100640, 0o100604, 0o100610]) {
    assertEquals(await find({ path, described: { ...PRIVATE, mode } }), {
      problem:
        "the password file that passfile or PGPASSFILE names was passed over because others have access to it (chmod 600)",
    });
  }
});

Deno.test("findInPasswordFile() says why it has found nothing", async () => {
  const problemOf = async (one: Case) => (await find(one)).problem;
  assertEquals(
    await problemOf({ path: "/p", described: null }),
    "the password file that passfile or PGPASSFILE names is not there, or may not be read",
  );
  assertEquals(
    await problemOf({ path: "/p", described: { ...PRIVATE, isFile: false } }),
    "the password file that passfile or PGPASSFILE names is not an ordinary file",
  );
  assertEquals(
    await problemOf({ path: "/unreadable", described: PRIVATE }),
    "the password file that passfile or PGPASSFILE names cannot be read",
  );
});
