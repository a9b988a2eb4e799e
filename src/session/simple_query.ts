import {
  PostgresError,
  type PostgresErrorFields,
  ProtocolError,
} from "../errors.ts";
import type {
  BackendMessage,
  FieldDescription,
} from "../wire/backend_message.ts";
import { MAX_ANSWER_BYTES } from "../wire/frame.ts";

/** The result of one command of a simple query. */
export interface QueryResult {
  /** The columns; empty if the command returns no rows. */
  readonly fields: readonly FieldDescription[];
  /** The rows, each an array in the order of the columns: text, or `null`. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** The command's tag, for example `SELECT 3`. */
  readonly tag: string;
}

// The approximate memory for an object, an array or an array element, in bytes.
const OVERHEAD_BYTES = 32;

// After the first error a server continues to ReadyForQuery, unless it closes the connection.
const MAX_ERRORS = 100;

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Collects the answer to a simple query, message by message, up to ReadyForQuery.
 * Source: the manual, "Simple Query".
 */
export class SimpleQueryAnswer {
  readonly #results: QueryResult[] = [];
  #fields: readonly FieldDescription[] = [];
  #rows: (string | null)[][] = [];
  #error: PostgresError | undefined;
  #errors = 0;
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes The approximate limit for the answer's memory, in bytes. */
  constructor(maxBytes: number = MAX_ANSWER_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Handles one message.
   *
   * @returns Whether the answer is complete: this was ReadyForQuery.
   * @throws {PostgresError} If the message means that the server closes the connection.
   * @throws {ProtocolError} If the message can't be part of an answer.
   */
  push(message: BackendMessage): boolean {
    switch (message.kind) {
      case "RowDescription":
        this.#fields = message.fields;
        return false;
      case "DataRow":
        this.#hold(message.values.reduce(addLength, OVERHEAD_BYTES));
        this.#rows.push(message.values.map(decodeText));
        return false;
      case "CommandComplete":
        this.#complete(message.tag);
        return false;
      case "EmptyQueryResponse":
        this.#complete("");
        return false;
      case "ErrorResponse":
        this.#fail(message.fields);
        return false;
      case "ReadyForQuery":
        return true;
      // A keepalive of a stream that has just ended may arrive this late.
      case "CopyData":
      case "CopyDone":
        return false;
      default:
        throw new ProtocolError(
          `Cannot read the answer to a query: unexpected ${message.kind}`,
        );
    }
  }

  /**
   * Returns the results of the commands, in order.
   *
   * @throws {PostgresError} If one of them failed.
   */
  results(): QueryResult[] {
    if (this.#error !== undefined) throw this.#error;
    return this.#results;
  }

  /** The error that the server reported so far, if any. */
  get error(): PostgresError | undefined {
    return this.#error;
  }

  #fail(fields: PostgresErrorFields): void {
    // The first error is the cause; later ones are consequences.
    this.#error ??= new PostgresError(fields);
    if (++this.#errors > MAX_ERRORS) {
      throw new ProtocolError(
        `Cannot read the answer to a query: the server reports too many errors, first ${this.#error.message}`,
        { cause: this.#error },
      );
    }
    // No ReadyForQuery follows FATAL and PANIC.
    if (fields.severity !== "ERROR") throw this.#error;
  }

  // The whole answer is held in memory, so its size must be limited.
  #hold(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#maxBytes) return;
    throw new ProtocolError(
      `Cannot buffer the answer to a query: it exceeds ${this.#maxBytes} bytes; ask for fewer rows, or use COPY … TO STDOUT, which is streamed`,
    );
  }

  #complete(tag: string): void {
    this.#hold(OVERHEAD_BYTES * (1 + this.#fields.length));
    this.#results.push({ fields: this.#fields, rows: this.#rows, tag });
    this.#fields = [];
    this.#rows = [];
  }
}

function addLength(sum: number, value: Uint8Array | null): number {
  return sum + OVERHEAD_BYTES + (value?.length ?? 0);
}

function decodeText(value: Uint8Array | null): string | null {
  return value === null ? null : UTF8.decode(value);
}
