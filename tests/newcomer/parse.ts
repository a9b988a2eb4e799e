import { parse } from "yaml";
import type { Block } from "./blocks.ts";

/** A server that a `docker run` would start. */
export interface ContainerServer {
  /** The major version of PostgreSQL. */
  readonly major: number;
  /** The database that it creates. */
  readonly database: string;
  /** Its settings. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Reads the server that a `docker run` of PostgreSQL starts.
 *
 * @param code The command, on one line.
 * @throws {SyntaxError} If it is another command, or has an unknown option.
 */
export function readDockerRun(code: string): ContainerServer {
  const [docker, run, ...words] = code.trim().split(/\s+/);
  if (docker !== "docker" || run !== "run") throw unreadable(code);
  let image = "";
  const variables = new Map<string, string>();
  const settings = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--rm") continue;
    if (word === "-p" && words[++at] === "5432:5432") continue;
    if (word === "-e" && image === "") put(variables, words[++at]);
    else if (word === "-c" && image !== "") put(settings, words[++at]);
    else if (image === "" && word.startsWith("postgres:")) image = word;
    else throw unreadable(word);
  }
  const [, major] = /^postgres:(\d+)$/.exec(image) ?? [];
  if (variables.get("POSTGRES_HOST_AUTH_METHOD") !== "trust" || !major) {
    throw unreadable(code);
  }
  return {
    major: Number(major),
    database: variables.get("POSTGRES_DB") ?? "postgres",
    settings: Object.fromEntries(settings),
  };
}

function put(map: Map<string, string>, pair = ""): void {
  const [name = "", value] = pair.split("=");
  if (value === undefined) throw unreadable(pair);
  map.set(name, value);
}

const DOCKERFILE =
  /^(FROM|WORKDIR|COPY|RUN|USER|CMD|ENTRYPOINT|ENV|EXPOSE|ARG) \S/;
const UNIT = /^(\[(Unit|Service|Install)\]|[A-Z][A-Za-z]*=.*|)$/;

/**
 * Checks the syntax of a block that is not run.
 *
 * @param block The block.
 * @param tasks The tasks of `deno.json`.
 * @throws {SyntaxError} If its syntax is wrong.
 */
export function checkSyntax(
  { language, code }: Block,
  tasks: ReadonlySet<string>,
): void {
  const lines = code.trimEnd().split("\n");
  switch (language) {
    case "yaml":
      parse(code, { strict: true });
      return;
    case "dockerfile":
      if (!lines[0]?.startsWith("FROM ")) throw unreadable(code);
      return assertEach(lines, (line) => DOCKERFILE.test(line));
    case "ini":
      return assertEach(lines, (line) => UNIT.test(line));
    case "sh":
      return assertEach(lines, (line) => {
        const [, task] = /^npx deno task (\S+)$/.exec(line) ?? [];
        return task !== undefined && tasks.has(task);
      });
    default:
      throw unreadable(language);
  }
}

function assertEach(
  lines: readonly string[],
  isRight: (line: string) => boolean,
): void {
  const wrong = lines.find((line) => !isRight(line));
  if (wrong !== undefined) throw unreadable(wrong);
}

function unreadable(text: string): SyntaxError {
  return new SyntaxError(`Cannot read "${text.trim()}"`);
}
