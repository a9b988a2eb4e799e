import { assert, assertEquals } from "@std/assert";
import {
  doctorExitCode,
  type DoctorReport,
  runDoctor,
} from "../../src/doctor/mod.ts";
import { testOnOldestAndNewest, testOnPostgres } from "../helpers/postgres.ts";
import {
  type BrokenServer,
  type Expected,
  ON_ALL_VERSIONS,
  ON_NEWEST,
  ON_TWO_VERSIONS,
} from "./broken_servers.ts";

function check(
  { findings }: DoctorReport,
  { id, found }: Expected,
): void {
  const actual = findings.filter((finding) => finding.id === id);
  const texts = actual.map((finding) => finding.found).sort();
  assertEquals(texts.length, found.length, `${id}: ${texts.join("; ")}`);
  const wanted = [...found].sort((a, b) => `${a}` < `${b}` ? -1 : 1);
  for (const [at, text] of texts.entries()) {
    const pattern = wanted[at]!;
    if (typeof pattern === "string") assertEquals(text, pattern);
    else assert(pattern.test(text), `${id}: ${text}`);
  }
}

function register(
  { name, damage, options, role, expected, settings }: BrokenServer,
  test: typeof testOnPostgres,
): void {
  test(
    `runDoctor() names exactly what is wrong: ${name}`,
    async ({ server, sql }, t) => {
      await using keep = new AsyncDisposableStack();
      await damage({ server, sql }, keep);
      const url = new URL(server.url);
      if (role !== undefined) url.username = role;
      const report = await runDoctor(url, options);
      const { major } = server;
      const wanted = expected.filter(({ since = 0, before = 99 }) =>
        since <= major && major < before
      );
      assertEquals(
        [...new Set(report.findings.map(({ id }) => id))].sort(),
        wanted.map(({ id }) => id).sort(),
      );
      for (const one of wanted) {
        await t.step(one.id, () => check(report, one));
      }
      const worst = report.findings[0]?.severity;
      assertEquals(
        doctorExitCode(report),
        worst === "error" ? 2 : worst === "warning" ? 1 : 0,
      );
    },
    settings === undefined ? {} : { settings },
  );
}

for (const server of ON_ALL_VERSIONS) register(server, testOnPostgres);
for (const server of ON_TWO_VERSIONS) register(server, testOnOldestAndNewest);
for (const server of ON_NEWEST) {
  register(
    server,
    (name, run, options) =>
      testOnPostgres(name, run, { ...options, majors: [18] }),
  );
}
