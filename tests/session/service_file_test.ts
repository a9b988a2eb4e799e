import { readService } from "../../src/session/service_file.ts";
import type { Environment } from "../../src/socket/socket.ts";
import { assertEquals, assertRejects } from "@std/assert";

function environmentWith(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = { HOME: "/home/u" },
): Environment {
  return {
    get: (name) => variables[name],
    readTextFile: (path) => {
      const text = files[path];
      return text === undefined
        ? Promise.reject(new Error("No such file"))
        : Promise.resolve(text);
    },
  };
}

async function read(text: string): Promise<Record<string, string>> {
  const environment = environmentWith({ "/f": text });
  return Object.fromEntries(await readService("s", "/f", environment));
}

// What libpq's parseServiceFile() makes of the same text for service "s".
const FOUND: readonly (readonly [string, Readonly<Record<string, string>>])[] =
  [
    ["[s]\nhost=a\nport=1", { host: "a", port: "1" }],
    ["[r]\nhost=x\n[s]\nhost=a\n[t]\nhost=y", { host: "a" }],
    ["# c\n\n  [s]  \n  host=a  \r\n# host=b\n", { host: "a" }],
    ["[s]\nhost=a\nhost=b", { host: "a" }],
    ["[s]\n[s]\nhost=b", {}],
    ["[s]\noptions=-c a=b", { options: "-c a=b" }],
    ["[s]\npassword= x", { password: " x" }],
    ["[s]\npassword=", { password: "" }],
    ["[s] trailing\nhost=a", { host: "a" }],
    // What stands before the section is not looked at.
    ["nonsense\n[s]\nhost=a", { host: "a" }],
  ];

for (const [text, keywords] of FOUND) {
  Deno.test(`readService() reads ${JSON.stringify(text)}`, async () => {
    assertEquals(await read(text), keywords);
  });
}

for (
  const [text, problem] of [
    ["[s]\nnonsense", "line 2 of service file /f"],
    ["[s]\n=x", "line 2 of service file /f"],
    ["[s]\n\nservice=t", "line 3 of service file /f"],
    ["[s]\nservicefile=t", "line 2 of service file /f"],
    ["[s]\nldap://x", "LDAP is not supported"],
    ["[ss]\nhost=a\n", "no section in /f"],
  ] as const
) {
  Deno.test(`readService() refuses ${JSON.stringify(text)}`, async () => {
    await assertRejects(() => read(text), TypeError, problem);
  });
}

Deno.test("readService() goes on to the system's file, but not from one that is named and missing", async () => {
  const section = (host: string) => `[s]\nhost=${host}`;
  const files = {
    "/home/u/.pg_service.conf": section("own"),
    "/etc/pg_service.conf": section("system"),
    "/named": section("named"),
  };
  const hostOf = async (
    variables: Readonly<Record<string, string>>,
    file?: string,
  ) => {
    const environment = environmentWith(files, variables);
    return (await readService("s", file, environment)).get("host");
  };
  const PGSYSCONFDIR = "/etc";
  assertEquals(await hostOf({ HOME: "/home/u", PGSYSCONFDIR }), "own");
  assertEquals(await hostOf({ HOME: "/home/v", PGSYSCONFDIR }), "system");
  assertEquals(await hostOf({ PGSERVICEFILE: "/named" }), "named");
  assertEquals(await hostOf({ PGSERVICEFILE: "/none" }, "/named"), "named");
  await assertRejects(
    () => hostOf({ PGSYSCONFDIR }, "/none"),
    TypeError,
    "Cannot read service file /none: No such file",
  );
  await assertRejects(() => hostOf({}), TypeError, "HOME and PGSYSCONFDIR");
});
