import { dirname, join } from "node:path";
import type { PostgresServer } from "../helpers/postgres.ts";

/** The result of an attempt to connect with libpq. */
export interface LibpqOutcome {
  /** Whether the connection stood, and how; or that it did not. */
  readonly outcome: "plain" | "tls" | "failed";
  /** Which port it has come to. */
  readonly port: number;
  /** libpq's message. */
  readonly message: string;
}

/** The C library itself, to compare with. */
export interface Libpq extends Disposable {
  /** Its version, as `server_version_num` has it. */
  readonly version: number;
  /**
   * Connects, and closes the connection again.
   *
   * @param keywords The connection's keywords.
   */
  connect(keywords: Readonly<Record<string, string>>): Promise<LibpqOutcome>;
  /**
   * Takes a connection string apart.
   *
   * @returns What it sets, or `null` if it is refused.
   */
  parse(text: string): Map<string, string> | null;
  /** What would be used now of a service and of variables, without a connection string. */
  defaults(): Map<string, string>;
  /** The password that a login would show: that of the keywords or the password file. */
  password(keywords: Readonly<Record<string, string>>): string;
  /** Every keyword, and the variable that stands in for it, or an empty text. */
  keywords(): Map<string, string>;
}

const SYMBOLS = {
  PQconnectdb: { parameters: ["buffer"], result: "pointer", nonblocking: true },
  PQstatus: { parameters: ["pointer"], result: "i32" },
  PQsslInUse: { parameters: ["pointer"], result: "i32" },
  PQport: { parameters: ["pointer"], result: "pointer" },
  PQerrorMessage: { parameters: ["pointer"], result: "pointer" },
  PQfinish: { parameters: ["pointer"], result: "void" },
  PQconnectStart: { parameters: ["buffer"], result: "pointer" },
  PQpass: { parameters: ["pointer"], result: "pointer" },
  PQconninfoParse: { parameters: ["buffer", "buffer"], result: "pointer" },
  PQconndefaults: { parameters: [], result: "pointer" },
  PQconninfoFree: { parameters: ["pointer"], result: "void" },
  PQlibVersion: { parameters: [], result: "i32" },
} as const;

const CONNECTION_OK = 0;
const OPTION_SIZE = 56;

/**
 * Loads the libpq that comes with a server's programs.
 *
 * @param server The server.
 * @returns The library, or `null` with a printed reason where it can't be loaded.
 */
export function loadLibpq(server: PostgresServer): Libpq | null {
  const ending = Deno.build.os === "darwin" ? ".5.dylib" : ".so.5";
  const path = join(
    dirname(server.socketDirectory),
    `bin${server.major}`,
    "lib",
    `libpq${ending}`,
  );
  try {
    const library = Deno.dlopen(path, SYMBOLS);
    return wrap(library.symbols, () => library.close());
  } catch (error) {
    console.log(`libpq can't be compared with: ${error}`);
    return null;
  }
}

type Functions = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

function wrap(functions: Functions, close: () => void): Libpq {
  function values(options: Deno.PointerValue): Map<string, string> | null {
    if (options === null) return null;
    const set = readOptions(options).flatMap(({ keyword, value }) =>
      value === null ? [] : [[keyword, value] as const]
    );
    functions.PQconninfoFree(options);
    return new Map(set);
  }
  return {
    version: functions.PQlibVersion(),
    [Symbol.dispose]: close,
    parse(text) {
      // What it says about a refusal is never given back: a few bytes.
      const why = new BigUint64Array(1);
      return values(functions.PQconninfoParse(encode(text), why));
    },
    defaults: () => values(functions.PQconndefaults()) ?? new Map(),
    password(keywords) {
      const connection = functions.PQconnectStart(encode(format(keywords)));
      const password = textAt(functions.PQpass(connection));
      functions.PQfinish(connection);
      return password;
    },
    keywords() {
      const options = functions.PQconndefaults();
      const all = readOptions(options).map(({ keyword, variable }) =>
        [keyword, variable] as const
      );
      functions.PQconninfoFree(options);
      return new Map(all);
    },
    async connect(keywords) {
      const connection = await functions.PQconnectdb(
        encode(format(keywords)),
      );
      try {
        const stands = functions.PQstatus(connection) === CONNECTION_OK;
        return {
          outcome: !stands
            ? "failed"
            : functions.PQsslInUse(connection)
            ? "tls"
            : "plain",
          port: Number(textAt(functions.PQport(connection))),
          message: textAt(functions.PQerrorMessage(connection)).trim(),
        };
      } finally {
        functions.PQfinish(connection);
      }
    },
  };
}

interface Option {
  readonly keyword: string;
  readonly variable: string;
  readonly value: string | null;
}

// PQconninfoOption: pointers to the keyword, the variable, the default, the value and two
// more, and an int. An option without keyword ends the list.
function readOptions(options: Deno.PointerValue): Option[] {
  if (options === null) throw new Error("libpq has no memory");
  const view = new Deno.UnsafePointerView(options);
  const found: Option[] = [];
  for (let at = 0; view.getPointer(at) !== null; at += OPTION_SIZE) {
    const value = view.getPointer(at + 24);
    found.push({
      keyword: textAt(view.getPointer(at)),
      variable: textAt(view.getPointer(at + 8)),
      value: value === null ? null : textAt(value),
    });
  }
  return found;
}

function format(keywords: Readonly<Record<string, string>>): string {
  return Object.entries(keywords)
    .map(([name, value]) => `${name}='${value.replaceAll(/['\\]/g, "\\$&")}'`)
    .join(" ");
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

function textAt(pointer: Deno.PointerValue): string {
  return pointer === null
    ? ""
    : new Deno.UnsafePointerView(pointer).getCString();
}
