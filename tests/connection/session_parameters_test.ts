import { checkReportedParameters } from "../../src/login/check_parameters.ts";
import { sessionParameters } from "../../src/connection/session_parameters.ts";
import { ConnectionError } from "../../src/errors.ts";
import { assertEquals, assertRejects } from "@std/assert";

const PINS =
  "-c bytea_output=hex -c extra_float_digits=1 -c quote_all_identifiers=off -c search_path=pg_catalog";

// The server splits at blanks, and a backslash takes the next character as it is.
const OPTIONS: readonly (readonly [string, string])[] = [
  ["", PINS],
  ["-c geqo=off", `-c geqo=off ${PINS}`],
  ["-c bytea_output=escape", `-c bytea_output=escape ${PINS}`],
  ["-c a=b\\ c", `-c a=b\\ c ${PINS}`],
  ["-c a=b\\\\", `-c a=b\\\\ ${PINS}`],
  ["-c a=b\\", `-c a=b ${PINS}`],
  ["-c a=b\\\\\\", `-c a=b\\\\ ${PINS}`],
];

for (const [options, wanted] of OPTIONS) {
  Deno.test(`sessionParameters() puts its pins behind ${JSON.stringify(options)}`, () => {
    const parameters = sessionParameters({ applicationName: "a", options });
    assertEquals(parameters.options, wanted);
  });
}

for (
  const [name, value] of [
    ["client_encoding", "SQL_ASCII"],
    ["DateStyle", "ISO, DMY"],
    ["IntervalStyle", "iso_8601"],
    ["TimeZone", "Europe/London"],
  ] as const
) {
  Deno.test(`checkReportedParameters() refuses another ${name}`, async () => {
    await assertRejects(
      () => checkReportedParameters(new Map([[name, value]])),
      ConnectionError,
      `${name} is "${value}"`,
    );
  });
}

Deno.test("checkReportedParameters() takes what was asked for, and silence", async () => {
  await checkReportedParameters(new Map([["TimeZone", "UTC"]]));
});
