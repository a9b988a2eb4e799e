/**
 * Runs all tests: a process for each folder, several side by side, since most of them wait for
 * servers. The clusters that the servers are copied from are made once, for all processes.
 *
 * With arguments it is `deno test -A --doc` with these arguments, in one process.
 *
 * @module
 */
import { ServerFolder } from "../examples/demo/server_folder.ts";
import { MAJORS } from "./helpers/majors.ts";
import { PREPARED_VARIABLE, type PreparedServers } from "./helpers/prepared.ts";

/** What one process tests. */
interface Group {
  readonly name: string;
  /** Files and folders. */
  readonly paths: readonly string[];
  /** Whether the code is type-checked: `deno task check` does not check the documented examples. */
  readonly checked: boolean;
  /** What it costs, in files that start servers: the largest group starts first. */
  readonly weight: number;
}

/** How a group ended. */
interface Outcome {
  readonly group: Group;
  readonly success: boolean;
  readonly output: string;
}

if (Deno.args.length > 0) {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--doc", ...Deno.args],
  }).spawn().status;
  Deno.exit(code);
}
Deno.exit(await runAll() ? 0 : 1);

/** Runs every group, prints each one's output when it ends, and a summary of all. */
async function runAll(): Promise<boolean> {
  const start = Date.now();
  const folder = await ServerFolder.acquire();
  try {
    const env = { [PREPARED_VARIABLE]: JSON.stringify(await prepare(folder)) };
    const groups = await findGroups();
    const outcomes: Outcome[] = [];
    const next = groups[Symbol.iterator]();
    await Promise.all(Array.from({ length: countJobs() }, async () => {
      for (const group of next) {
        const outcome = await run(group, env);
        outcomes.push(outcome);
        console.log(`\n# ${group.name}\n${outcome.output.trimEnd()}`);
      }
    }));
    return summarize(outcomes, Date.now() - start);
  } finally {
    await folder.release();
  }
}

/** One more than there are processors, since a test waits more than it computes. */
function countJobs(): number {
  const asked = Number(Deno.env.get("DENO_JOBS"));
  if (Number.isInteger(asked) && asked > 0) return asked;
  return Math.min(navigator.hardwareConcurrency + 1, 6);
}

async function prepare(folder: ServerFolder): Promise<PreparedServers> {
  return Object.fromEntries(
    await Promise.all(MAJORS.map(async (major) => [major, {
      programs: await folder.programs(major),
      template: await folder.template(major),
    }])),
  );
}

/** The folders of `tests/`, its own files, and all that is tested elsewhere. */
async function findGroups(): Promise<Group[]> {
  const groups: Group[] = [{
    name: "documented examples, packages",
    paths: ["mod.ts", "src/", "README.md", "docs/", "packages/"],
    checked: true,
    weight: Infinity,
  }];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir("tests")) {
    const path = `tests/${name}`;
    if (name.endsWith("_test.ts")) files.push(path);
    if (!isDirectory) continue;
    const found = await countTestFiles(path);
    if (found.all === 0) continue;
    groups.push({
      name: path,
      paths: [path],
      checked: false,
      weight: 10 * found.servers + found.all,
    });
  }
  groups.push({ name: "tests", paths: files, checked: false, weight: 0 });
  return groups.sort((a, b) => b.weight - a.weight);
}

async function countTestFiles(
  path: string,
): Promise<{ all: number; servers: number }> {
  const count = { all: 0, servers: 0 };
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) {
      const inside = await countTestFiles(`${path}/${name}`);
      count.all += inside.all;
      count.servers += inside.servers;
    }
    if (name.endsWith("_test.ts")) count.all++;
    if (name.endsWith("_pg_test.ts")) count.servers++;
  }
  return count;
}

async function run(
  group: Group,
  env: Record<string, string>,
): Promise<Outcome> {
  const check = group.checked ? [] : ["--no-check"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--doc", ...check, ...group.paths],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return {
    group,
    success,
    output: success
      ? text.decode(stdout)
      : `${text.decode(stdout)}${text.decode(stderr)}`,
  };
}

/** Prints the failures again, and the sum of all summaries in the form of the test runner's own. */
function summarize(outcomes: readonly Outcome[], ms: number): boolean {
  const sum = { passed: 0, steps: 0, failed: 0, ignored: 0 };
  for (const { group, success, output } of outcomes) {
    const line =
      output.match(/^.*(?:ok|FAILED).* \| \d+ passed.*$/gm)?.at(-1) ?? "";
    sum.passed += read(line, /(\d+) passed/);
    sum.steps += read(line, /passed \((\d+) steps?\)/);
    sum.failed += read(line, /(\d+) failed/);
    sum.ignored += read(line, /(\d+) ignored/);
    if (success) continue;
    const errors = output.search(/^.* ERRORS /m);
    console.log(
      `\n# ${group.name}: failed\n${
        errors < 0 ? output.slice(-2000) : output.slice(errors)
      }`,
    );
  }
  const ok = outcomes.every(({ success }) => success);
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.floor(ms / 1000) % 60;
  console.log(
    `\n${ok ? "ok" : "FAILED"} | ${sum.passed} passed (${sum.steps} steps) | ` +
      `${sum.failed} failed | ${sum.ignored} ignored (${minutes}m${seconds}s)`,
  );
  return ok;

  function read(line: string, pattern: RegExp): number {
    return Number(line.match(pattern)?.[1] ?? 0);
  }
}
