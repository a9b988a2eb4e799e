import type { FakeServerOptions } from "../options/fake_server_options.ts";
import { StatementRunner, unknownStatement } from "../sql/run_statement.ts";
import { Database } from "../store/database.ts";
import { Slots } from "../store/slots.ts";
import type { Connection } from "./connection.ts";

let instances = 0n;

/** A running server: what its connections share. */
export class Instance {
  /** What is stored. */
  readonly database: Database;
  /** The replication slots. */
  readonly slots: Slots = new Slots();
  /** Answers SQL. */
  readonly statements: StatementRunner;
  /** What tells its cluster from others. */
  readonly systemId: string = String(7_300_000_000_000_000_000n + ++instances);
  /** The connections. */
  readonly backends: Set<Connection> = new Set();
  /** Whether nothing is decoded for now. */
  isHeld = false;
  /** How long what is sent takes to arrive, in milliseconds. */
  delayMs = 0;
  /** The first statement that nobody knew. */
  unknown: string | null = null;
  #nextPid = 4711;

  /** @param options What it is like. */
  constructor(options: FakeServerOptions) {
    this.database = new Database(options);
    this.statements = new StatementRunner({
      major: this.database.major,
      answer: options.answer,
      onUnknown: (statement) => this.noteUnknown(statement),
    });
  }

  /** Notes a statement that nobody knows. */
  noteUnknown(statement: string): void {
    this.unknown ??= statement;
    this.slots.abandon(new Error(unknownStatement(statement)));
  }

  /** The number of a new process. */
  nextPid(): number {
    return this.#nextPid++;
  }

  /** Says that there may be something to send. */
  notify(): void {
    for (const backend of this.backends) backend.notify();
  }

  /** Forgets what no slot has to send again. */
  prune(): void {
    const { log } = this.database;
    log.removeBefore(this.slots.oldest ?? log.end);
  }
}
