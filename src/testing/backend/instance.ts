import type { FakeServerOptions } from "../options/fake_server_options.ts";
import { StatementRunner, unknownStatement } from "../sql/run_statement.ts";
import { Database } from "../store/database.ts";
import { Slots } from "../store/slots.ts";
import type { Connection } from "./connection.ts";

let instances = 0n;

/** A running server: the state that its connections share. */
export class Instance {
  /** The stored data. */
  readonly database: Database;
  /** The replication slots. */
  readonly slots: Slots = new Slots();
  /** Answers SQL. */
  readonly statements: StatementRunner;
  /** The identifier of its cluster. */
  readonly systemId: string = String(7_300_000_000_000_000_000n + ++instances);
  /** The connections. */
  readonly backends: Set<Connection> = new Set();
  /** Whether decoding is paused. */
  isHeld = false;
  /** The delay until sent data arrives, in milliseconds. */
  delayMs = 0;
  /** The first statement that was not recognized. */
  unknown: string | null = null;
  #nextPid = 4711;

  /** @param options The server's properties. */
  constructor(options: FakeServerOptions) {
    this.database = new Database(options);
    this.statements = new StatementRunner({
      major: this.database.major,
      answer: options.answer,
      onUnknown: (statement) => this.noteUnknown(statement),
    });
  }

  /** Records a statement that was not recognized. */
  noteUnknown(statement: string): void {
    this.unknown ??= statement;
    this.slots.abandon(new Error(unknownStatement(statement)));
  }

  /** Returns the id of a new process. */
  nextPid(): number {
    return this.#nextPid++;
  }

  /** Signals that there may be something to send. */
  notify(): void {
    for (const backend of this.backends) backend.notify();
  }

  /** Discards what no slot has to send again. */
  prune(): void {
    const { log } = this.database;
    log.removeBefore(this.slots.oldest ?? log.end);
  }
}
