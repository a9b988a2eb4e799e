const PROGRAM = new URL("./program.ts", import.meta.url).pathname;

/** The report of a program: its start, its end, and the amount of work. */
interface Report {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** Starts a program of `program.ts`. */
export function startProgram(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", PROGRAM, ...args],
    ...{ stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
}

/** Reads the lines of a program's output. */
export function linesOf(child: Deno.ChildProcess): ReadableStream<string> {
  let rest = "";
  return child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TransformStream({
      transform(text, controller) {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
    }),
  );
}

/** Reads the report of a program, and skips a line that says that it is ready. */
export async function readReport(
  lines: AsyncIterable<string>,
): Promise<Report> {
  for await (const line of lines) {
    if (line.startsWith("{")) return JSON.parse(line);
  }
  throw new Error("Cannot measure: the program ended without a report");
}

/** Runs programs at the same time, and returns their total work per second. */
export async function rateOf(
  programs: readonly (readonly string[])[],
): Promise<number> {
  const reports = await Promise.all(programs.map(async (args) => {
    const child = startProgram(args);
    const report = await readReport(linesOf(child));
    await child.status;
    return report;
  }));
  const start = Math.min(...reports.map((report) => report.start));
  const end = Math.max(...reports.map((report) => report.end));
  const count = reports.reduce((sum, report) => sum + report.count, 0);
  return count / (end - start) * 1_000;
}
