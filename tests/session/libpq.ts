import { dirname, join } from "node:path";
import type { PostgresServer } from "../helpers/postgres.ts";

/** What came of an attempt to connect with libpq. */
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
  return {
    version: functions.PQlibVersion(),
    [Symbol.dispose]: close,
    keywords() {
      const keywords = new Map<string, string>();
      const options = functions.PQconndefaults();
      if (options === null) throw new Error("libpq has no memory");
      // PQconninfoOption: six pointers, of which the first two are the keyword and the
      // variable, and an int. An option without keyword ends the list.
      const view = new Deno.UnsafePointerView(options);
      for (let at = 0; view.getPointer(at) !== null; at += OPTION_SIZE) {
        keywords.set(
          textAt(view.getPointer(at)),
          textAt(view.getPointer(at + 8)),
        );
      }
      functions.PQconninfoFree(options);
      return keywords;
    },
    async connect(keywords) {
      const text = Object.entries(keywords)
        .map(([name, value]) =>
          `${name}='${value.replaceAll(/['\\]/g, "\\$&")}'`
        )
        .join(" ");
      const connection = await functions.PQconnectdb(
        new TextEncoder().encode(`${text}\0`),
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

function textAt(pointer: Deno.PointerValue): string {
  return pointer === null
    ? ""
    : new Deno.UnsafePointerView(pointer).getCString();
}
