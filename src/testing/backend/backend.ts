import type { Result } from "../sql/answer.ts";
import { unknownStatement } from "../sql/run_statement.ts";
import { splitStatements } from "../sql/statements.ts";
import { ServerError } from "../store/slots.ts";
import type { Socket } from "../../socket/socket.ts";
import { answerCommand } from "./answer_command.ts";
import type { Connection } from "./connection.ts";
import * as write from "./backend_message.ts";
import { encodeResult } from "./encode_results.ts";
import {
  type FirstMessage,
  FrontendMessages,
  textOf,
  type TypedMessage,
} from "./frontend_messages.ts";
import type { Instance } from "./instance.ts";
import { MemorySocket } from "./memory_socket.ts";
import { openWalsender } from "./open_walsender.ts";
import { readReplicationCommand } from "./replication_command.ts";
import { reportedParameters, sessionSettings } from "./session_settings.ts";
import type { Walsender } from "./walsender.ts";

/** The approximate size of the pieces in which a result is sent. */
const BATCH_BYTES = 2 ** 16;

/** The server process of one connection. */
export class Backend implements Connection {
  /** Its process id. */
  readonly processId: number;
  readonly #instance: Instance;
  readonly #connection: MemorySocket;
  readonly #messages = new FrontendMessages();
  readonly #secretKey = Math.floor(Math.random() * 2 ** 31);
  #settings = new Map<string, string>();
  #isStarted = false;
  #isWalsender = false;
  #status: "I" | "T" | "E" = "I";
  // What to send: complete messages, and results that are encoded on demand.
  #ready: Uint8Array[] = [];
  #answer: Iterator<Uint8Array> | null = null;
  #walsender: Walsender | null = null;

  /** @param instance The server. */
  constructor(instance: Instance) {
    this.#instance = instance;
    this.processId = instance.nextPid();
    this.#connection = new MemorySocket({
      produce: () => this.#produce(),
      receive: (bytes) => this.#receive(bytes),
      onClose: () => this.#leave(),
      delayMs: () => instance.delayMs,
    });
    instance.backends.add(this);
  }

  /** The client's side of the connection. */
  get socket(): Socket {
    return this.#connection.socket;
  }

  /** The name of the slot that it streams; `null` if it streams none. */
  get slot(): string | null {
    return this.#walsender?.slot.name ?? null;
  }

  /** Signals that there may be something to send. */
  notify(): void {
    this.#connection.notify();
  }

  /** Resets the connection: what has not arrived is lost. */
  reset(): void {
    this.#leave();
    this.#connection.end(new Error("The connection was reset"));
  }

  /** Ends the connection with an error message. */
  terminate(code: string, message: string): void {
    this.#send(write.errorResponse({ severity: "FATAL", code, message }));
    this.#leave();
    this.#connection.end(null);
  }

  #leave(): void {
    this.#walsender = null;
    this.#answer = null;
    this.#instance.backends.delete(this);
    this.#instance.slots.release(this.processId);
  }

  #send(...messages: readonly Uint8Array[]): void {
    this.#ready.push(...messages);
    this.#connection.notify();
  }

  #produce(): Uint8Array | null {
    const pieces = this.#ready;
    this.#ready = [];
    let size = 0;
    while (this.#answer !== null && size < BATCH_BYTES) {
      const { done, value } = this.#answer.next();
      if (done === true) {
        this.#answer = null;
        this.#obey();
        pieces.push(...this.#ready.splice(0));
      } else {
        pieces.push(value);
        size += value.length;
      }
    }
    if (pieces.length > 0) return join(pieces);
    return this.#walsender?.next() ?? null;
  }

  #receive(bytes: Uint8Array): void {
    this.#messages.push(bytes);
    this.#obey();
  }

  // One command after another: the next one waits until the answer has been sent.
  #obey(): void {
    while (this.#answer === null) {
      if (this.#isStarted) {
        const message = this.#messages.next();
        if (message === null) return;
        this.#obeyMessage(message);
      } else {
        const message = this.#messages.first();
        if (message === null) return;
        this.#start(message);
      }
    }
  }

  #start(message: FirstMessage): void {
    switch (message.kind) {
      case "encryption":
        return this.#send(Uint8Array.of(0x4e)); // N
      case "cancel": {
        const { processId, secretKey } = message;
        for (const backend of this.#instance.backends) {
          if (backend.processId === processId) backend.cancel(secretKey);
        }
        this.#leave();
        return this.#connection.end(null);
      }
      case "unknown":
        return this.terminate(
          "0A000",
          `unsupported frontend protocol ${message.code}`,
        );
      case "startup":
        return this.#logIn(message.parameters);
    }
  }

  #logIn(parameters: ReadonlyMap<string, string>): void {
    this.#isStarted = true;
    const replication = parameters.get("replication");
    this.#isWalsender = replication === "database";
    if (replication !== undefined && !this.#isWalsender) {
      return this.terminate(
        "0A000",
        "the fake server has no physical replication",
      );
    }
    this.#settings = sessionSettings(parameters);
    const reported = reportedParameters(
      this.#instance.database.major,
      parameters,
      this.#settings,
    );
    this.#send(
      write.authenticationOk(),
      ...reported.map(([name, value]) => write.parameterStatus(name, value)),
      write.backendKeyData(this.processId, this.#secretKey),
      write.readyForQuery("I"),
    );
  }

  /** Cancels the running command, if the key is right. */
  cancel(secretKey: number): void {
    if (secretKey !== this.#secretKey || this.#answer === null) return;
    this.#answer = null;
    this.#fail(
      new ServerError("57014", "canceling statement due to user request"),
    );
  }

  #obeyMessage({ type, body }: TypedMessage): void {
    switch (type) {
      case "Q":
        return this.#query(textOf(body));
      case "d":
        this.#walsender?.receive(body);
        return this.#connection.notify();
      case "c":
        if (this.#walsender === null) return;
        this.#stopStreaming();
        return this.#send(
          write.copyDone(),
          write.commandComplete("COPY 0"),
          write.commandComplete("START_REPLICATION"),
          write.readyForQuery("I"),
        );
      case "X":
        this.#leave();
        return this.#connection.end(null);
      default:
        return this.terminate(
          "08P01",
          `the fake server does not know messages of the type ${type}`,
        );
    }
  }

  #query(sql: string): void {
    try {
      const command = this.#isWalsender ? readReplicationCommand(sql) : null;
      if (command?.kind === "start") {
        this.#walsender = openWalsender(
          this.#instance,
          this.processId,
          command,
        );
        return this.#send(write.copyBothResponse());
      }
      const results = command === null
        ? this.#run(sql)
        : [answerCommand(this.#instance, command, {
          processId: this.processId,
          settings: this.#settings,
        })];
      this.#answer = this.#encode(results);
      this.#connection.notify();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const code = error instanceof ServerError ? error.code : "XX000";
    const message = error instanceof Error ? error.message : String(error);
    if (this.#status === "T") this.#status = "E";
    this.#send(
      write.errorResponse({ severity: "ERROR", code, message }),
      write.readyForQuery(this.#status),
    );
  }

  // All statements see the same state: nothing happens in between.
  #run(sql: string): readonly Result[] {
    const { database, slots, statements } = this.#instance;
    const context = { database, slots, settings: this.#settings };
    return splitStatements(sql).map((statement) => {
      const isEnd = /^(COMMIT|ROLLBACK)\b/i.test(statement);
      if (this.#status === "E" && !isEnd) {
        throw new ServerError(
          "25P02",
          "current transaction is aborted, commands ignored until end of transaction block",
        );
      }
      if (
        /^[A-Z]+_REPLICATION|^BASE_BACKUP|^TIMELINE_HISTORY/.test(statement)
      ) {
        this.#instance.noteUnknown(statement);
        throw new ServerError("0A000", unknownStatement(statement));
      }
      const result = statements.run(statement, context);
      if (/^BEGIN\b/i.test(statement)) this.#status = "T";
      if (isEnd) this.#status = "I";
      return result;
    });
  }

  *#encode(results: readonly Result[]): Generator<Uint8Array> {
    for (const result of results) yield* encodeResult(result);
    yield write.readyForQuery(this.#status);
  }

  #stopStreaming(): void {
    if (this.#walsender !== null) this.#walsender.slot.activePid = null;
    this.#walsender = null;
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
