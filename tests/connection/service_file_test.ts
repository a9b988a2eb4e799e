import { readService } from "../../src/connection/service_file.ts";
import { REFUSED_SERVICE_FILES, SERVICE_FILES } from "./service_files.ts";
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
        ? Promise.reject(Object.assign(new Error(), { code: "ENOENT" }))
        : Promise.resolve(text);
    },
  };
}

async function read(text: string): Promise<Record<string, string>> {
  const environment = environmentWith({ "/f": text });
  return Object.fromEntries(await readService("s", "/f", environment));
}

for (const [text, keywords] of SERVICE_FILES) {
  Deno.test(`readService() reads ${JSON.stringify(text)}`, async () => {
    assertEquals(await read(text), keywords);
  });
}

for (const [text, problem] of REFUSED_SERVICE_FILES) {
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
    "Cannot read the service file that servicefile names: no such file",
  );
  await assertRejects(() => hostOf({}), TypeError, "HOME and PGSYSCONFDIR");
});
