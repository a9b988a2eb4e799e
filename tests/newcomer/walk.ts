import { startPostgres } from "../../examples/demo/postgres_server.ts";
import type {
  PostgresMajor,
  PostgresServer,
} from "../../examples/demo/postgres_server.ts";
import { connectSql, type SqlClient } from "../helpers/sql_client.ts";
import { until } from "../helpers/until.ts";
import { type Block, blocksOf, statementsOf } from "./blocks.ts";
import { checkSyntax, readDockerRun } from "./parse.ts";
import type { Person, Running } from "./person.ts";
import { type Action, type Folder, lineFor, planOf, STEPS } from "./steps.ts";
import {
  type Runtime,
  substitute,
  type Substitution,
} from "./substitutions.ts";
import { join } from "node:path";

/** The user who follows the pages, and the means for it. */
export interface Walker {
  readonly person: Person;
  readonly runtime: Runtime;
  /** The table of substitutions. */
  readonly substitutions: readonly Substitution[];
  /** The tasks of `deno.json`. */
  readonly tasks: ReadonlySet<string>;
}

/** The result of a block. */
export interface Outcome {
  readonly block: Block;
  /** The one line of the block that was run, if only one was. */
  readonly command?: string;
  readonly result: "ran" | "parsed" | "not run";
  /** The reasons for substitutions, or for not running the block. */
  readonly notes: readonly string[];
  readonly ms: number;
}

/** The times that a new user waits for a first result, in milliseconds. */
export interface Times {
  /** The time from `git clone` to the demo's first change. */
  cloneMs: number;
  /** The time from installing the package to the first change of the user's own table. */
  installMs: number;
}

const INSERTS = "INSERT INTO orders (id, customer, total) VALUES (%, 'Bo', 1)";

/**
 * Follows the pages block by block.
 *
 * @param pages The pages' texts, by their paths.
 * @param walker The user who follows them.
 * @param report Called with the result of each block.
 * @returns The times until the first changes.
 * @throws {Error} If a block fails, or has no step.
 */
export async function walk(
  pages: ReadonlyMap<string, string>,
  walker: Walker,
  report: (outcome: Outcome) => void,
): Promise<Times> {
  const blocks = [...pages].flatMap(([page, text]) => blocksOf(page, text));
  await using scene = new Scene(walker);
  for (const [block, action] of planOf(blocks, STEPS)) {
    const start = performance.now();
    try {
      const outcome = await scene.act(block, action);
      report({ block, ...outcome, ms: performance.now() - start });
    } catch (error) {
      const text = error instanceof Error ? error.message : error;
      throw new Error(`${block.page}:${block.line} fails: ${text}`, {
        cause: error,
      });
    }
  }
  return scene.times;
}

type Result = Pick<Outcome, "command" | "result" | "notes">;

/** The folders, the database and the running program of one walk through the pages. */
class Scene implements AsyncDisposable {
  readonly #walker: Walker;
  readonly #stack = new AsyncDisposableStack();
  readonly times: Times = { cloneMs: NaN, installMs: NaN };
  #server: PostgresServer | undefined;
  #sql: SqlClient | undefined;
  #program: Running | undefined;
  #installStart = NaN;
  #rows = 1;
  #files = 0;

  constructor(walker: Walker) {
    this.#walker = walker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }

  async act(block: Block, action: Action): Promise<Result> {
    const { runtime, substitutions, tasks } = this.#walker;
    const { text, why } = substitute(block.code, runtime, substitutions);
    const ran: Result = { result: "ran", notes: why };
    switch (action.kind) {
      case "shell":
        if (action.runtimes?.includes(runtime) === false) {
          return { result: "not run", notes: [`not for ${runtime}`] };
        }
        await this.#shell(text, action);
        return ran;
      case "line": {
        this.#installStart = performance.now();
        const line = lineFor(block.code, runtime);
        const own = substitute(line, runtime, substitutions);
        await this.#type(own.text, action.in).end();
        return { command: line, result: "ran", notes: own.why };
      }
      case "start": {
        const line = lineFor(text, runtime);
        this.#program = this.#type(line, action.in);
        await this.#program.until(() => this.#isFollowed());
        return { command: line, ...ran };
      }
      case "server":
        await this.#startServer(block.code);
        return {
          result: "parsed",
          notes: ["a server of npm instead of the container"],
        };
      case "sql":
        if (action.ends) await this.#endProgram();
        for (const one of statementsOf(text)) await this.#database(one);
        return ran;
      case "save":
        await this.#save(action.as, text);
        return ran;
      case "program":
        await this.#runProgram(text, action);
        return ran;
      case "output": {
        const program = this.#program;
        await program?.until(() => program.output.includes(text));
        this.times.installMs = performance.now() - this.#installStart;
        return ran;
      }
      case "parse":
        checkSyntax(block, tasks);
        return { result: "parsed", notes: [action.why] };
    }
  }

  async #shell(
    code: string,
    action: Extract<Action, { kind: "shell" }>,
  ): Promise<void> {
    if (action.insert) await this.#untilLeft();
    const start = performance.now();
    await using running = this.#type(code, action.in);
    const { until } = action;
    if (until === undefined) return await running.end();
    if (action.insert) {
      await running.until(() => this.#isFollowed());
      await this.#insert();
    }
    await running.until(() => until.test(running.output));
    if (action.in === "home") this.times.cloneMs = performance.now() - start;
    await running.interrupt();
  }

  async #runProgram(
    source: string,
    { gives, first = false }: Extract<Action, { kind: "program" }>,
  ): Promise<void> {
    await this.#untilLeft();
    const file = `program_${++this.#files}.ts`;
    await this.#save(file, source);
    const command = {
      deno: `deno run -A ${file}`,
      node: `node ${file}`,
      bun: `bun ${file}`,
    };
    const type = () => this.#type(command[this.#walker.runtime], "project");
    await using running = first ? await this.#typeFirst(type) : type();
    await running.until(() => this.#isFollowed());
    await this.#insert();
    await running.until(async () =>
      typeof gives === "string"
        ? await hasFiles(join(this.#folder("project"), gives))
        : gives.test(running.output)
    );
    await running.interrupt();
  }

  /** Starts a program while the server is down, and the server once the program has tried it. */
  async #typeFirst(type: () => Running): Promise<Running> {
    const server = this.#server;
    if (server === undefined) throw new Error("There is no server yet");
    await server.stop();
    const listener = Deno.listen({ hostname: server.host, port: server.port });
    let hasTried = false;
    listener.accept().then((connection) => {
      connection.close();
      hasTried = true;
    }, () => {});
    const running = type();
    try {
      await running.until(() => hasTried);
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    } finally {
      listener.close();
    }
    await server.start();
    return running;
  }

  #type(command: string, folder: Folder): Running {
    return this.#walker.person.type(command, this.#folder(folder));
  }

  #folder(folder: Folder): string {
    const { home } = this.#walker.person;
    if (folder === "home") return home;
    return join(home, folder === "clone" ? "walbrook" : "project");
  }

  async #save(name: string, text: string): Promise<void> {
    const path = join(this.#folder("project"), name);
    await Deno.writeTextFile(path, text);
    await this.#walker.person.own(path);
  }

  async #startServer(command: string): Promise<void> {
    const { major, database, settings } = readDockerRun(command);
    const server = await startPostgres({
      major: major as PostgresMajor,
      settings,
    });
    this.#server = this.#stack.use(server);
    {
      await using sql = connectSql(server.url);
      await sql(`CREATE DATABASE ${database}`);
    }
    const url = server.url.replace(/\/postgres$/, `/${database}`);
    this.#sql = this.#stack.use(connectSql(url));
    // The addresses in the pages have no port: the container would use the default one.
    const { person } = this.#walker;
    person.set("PGPORT", `${server.port}`);
    person.set("DATABASE_URL", `postgres://app@localhost/${database}`);
    person.set("PORT", "0");
  }

  async #database(statement: string): Promise<string | null | undefined> {
    if (this.#sql === undefined) throw new Error("There is no server yet");
    return await this.#sql.value(statement);
  }

  async #insert(): Promise<void> {
    await this.#database(INSERTS.replace("%", `${++this.#rows}`));
  }

  /** Returns whether a client reads the database's changes. */
  async #isFollowed(): Promise<boolean> {
    const count = await this.#database(
      "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'",
    );
    return count === "1";
  }

  /** Waits until the server has noticed the ends of earlier clients. */
  async #untilLeft(): Promise<void> {
    await until(async () =>
      await this.#database("SELECT count(*) FROM pg_stat_replication") === "0"
    );
  }

  async #endProgram(): Promise<void> {
    await this.#program?.interrupt();
    this.#program = undefined;
    await this.#untilLeft();
  }
}

async function hasFiles(folder: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const { size } = await Deno.stat(join(folder, name));
      if (name.includes(".ndjson") && size > 0) return true;
    }
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
