import { type Lsn, parseServerLsn } from "../lsn.ts";
import { answerStream } from "../session/answer_stream.ts";
import { copyOut, copyOutBatches } from "../session/copy_streams.ts";
import type { CommandOptions, Session } from "../session/session.ts";
import type { QueryResult } from "../session/simple_query.ts";
import type { BaseBackup, BaseBackupOptions } from "./base_backup.ts";
import {
  type CommandRow,
  commandRow,
  integerAt,
  textAt,
} from "./command_row.ts";
import type { AlterSlotOptions, CreateSlotOptions } from "./commands.ts";
import {
  identifySystem,
  type SystemIdentification,
} from "./identify_system.ts";
import { quoteSlotName } from "./quote.ts";
import type {
  CreatedSlot,
  DropSlotOptions,
  TimelineHistory,
} from "./run_commands.ts";
import { ReplicationStream } from "./replication_stream.ts";
import { serverMajor } from "./server_major.ts";
import {
  startReplication,
  type StartReplicationOptions,
} from "./start_replication.ts";

/** The result of READ_REPLICATION_SLOT for a physical slot. */
export interface PhysicalSlot {
  /** The oldest WAL that the slot retains; `null` if it retains none. */
  readonly restartLsn: Lsn | null;
  /** The timeline of that position. */
  readonly restartTimeline: number | null;
}

/**
 * A connection to a walsender, with each of its commands as a method. It runs one
 * command at a time.
 *
 * Source: the manual, "Streaming Replication Protocol".
 *
 * @example
 * ```ts ignore
 * import { connect } from "@walbrook/walbrook/replication";
 *
 * await using connection = await connect("postgres://app@localhost/shop");
 * const { systemId, timeline } = await connection.identifySystem();
 * console.log(systemId, timeline);
 * ```
 */
export class ReplicationConnection {
  // Code that is not needed to follow changes is loaded by the methods that need it.
  readonly #session: Session;

  /**
   * Created by {@linkcode connect}.
   *
   * @param session A logged-in session with `replication` set.
   * @ignore
   */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Every ParameterStatus that the server sent, with its current value. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#session.parameters;
  }

  /** The walsender's process id, as in `pg_stat_replication.pid`. */
  get processId(): number {
    return this.#session.processId;
  }

  /** The server's major version, for example 18. */
  get serverMajor(): number {
    return serverMajor(this.parameters);
  }

  /**
   * IDENTIFY_SYSTEM: identifies the cluster, and the end of its WAL.
   *
   * @param options A signal that cancels the command.
   * @returns The identity, and the position.
   */
  async identifySystem(
    options: CommandOptions = {},
  ): Promise<SystemIdentification> {
    return await identifySystem(this.#session, options);
  }

  /**
   * SHOW: the value of a setting.
   *
   * @param setting The setting's name.
   * @param options A signal that cancels the command.
   * @returns The value, as text with its unit.
   * @throws {PostgresError} 42704 if there is no such setting.
   */
  async show(setting: string, options: CommandOptions = {}): Promise<string> {
    const { show } = await import("./commands.ts");
    return textAt(
      await this.#row(show(setting), options),
      0,
      "SHOW",
    );
  }

  /**
   * TIMELINE_HISTORY: the history file of a timeline. The first timeline has none.
   *
   * @param timeline The timeline's number.
   * @param options A signal that cancels the command.
   * @returns The file's name and content.
   * @throws {PostgresError} 58P01 if there is no such file.
   */
  async timelineHistory(
    timeline: number,
    options: CommandOptions = {},
  ): Promise<TimelineHistory> {
    const { runTimelineHistory } = await import("./run_commands.ts");
    return await runTimelineHistory(this.#session, timeline, options);
  }

  /**
   * CREATE_REPLICATION_SLOT. A logical slot waits, without limit, for every transaction that
   * is writing at this moment: pass a `signal` to limit the wait.
   *
   * @param slot The slot's name.
   * @param options Its kind and properties, and a signal.
   * @returns The slot, with the position at which it begins.
   * @throws {PostgresError} 42710 if the slot exists; 55000 if `wal_level` does not
   * allow it; 53400 if no slot is free.
   */
  async createReplicationSlot(
    slot: string,
    options: CreateSlotOptions & CommandOptions,
  ): Promise<CreatedSlot> {
    const { runCreateReplicationSlot } = await import("./run_commands.ts");
    return await runCreateReplicationSlot(this.#session, slot, options);
  }

  /**
   * ALTER_REPLICATION_SLOT. Waits while the slot is in use. PostgreSQL 17 and later.
   *
   * @param slot The slot's name.
   * @param options What to change, and a signal.
   * @throws {PostgresError} 42704 if there is no such slot.
   */
  async alterReplicationSlot(
    slot: string,
    options: AlterSlotOptions & CommandOptions,
  ): Promise<void> {
    const { alterReplicationSlot } = await import("./commands.ts");
    await this.#session.query(alterReplicationSlot(slot, options), options);
  }

  /**
   * DROP_REPLICATION_SLOT.
   *
   * @param slot The slot's name.
   * @param options Whether to wait, and a signal.
   * @throws {PostgresError} 42704 if there is no such slot; 55006 if it is in use.
   */
  async dropReplicationSlot(
    slot: string,
    options: DropSlotOptions & CommandOptions = {},
  ): Promise<void> {
    const { runDropReplicationSlot } = await import("./run_commands.ts");
    await runDropReplicationSlot(this.#session, slot, options);
  }

  /**
   * READ_REPLICATION_SLOT: the position of a physical slot. PostgreSQL 15 and later.
   *
   * @param slot The slot's name.
   * @param options A signal that cancels the command.
   * @returns The slot, or `null` if it does not exist.
   * @throws {PostgresError} 0A000 if the slot is logical.
   */
  async readReplicationSlot(
    slot: string,
    options: CommandOptions = {},
  ): Promise<PhysicalSlot | null> {
    const command = `READ_REPLICATION_SLOT ${quoteSlotName(slot)}`;
    const row = await this.#row(command, options);
    if ((row[0] ?? null) === null) return null;
    return {
      restartLsn: (row[1] ?? null) === null
        ? null
        : parseServerLsn(row[1] ?? null, "restart_lsn"),
      restartTimeline: (row[2] ?? null) === null
        ? null
        : integerAt(row, 2, "READ_REPLICATION_SLOT"),
    };
  }

  /**
   * START_REPLICATION. The connection is busy until the stream has ended. After a logical
   * stream it accepts all commands except another START_REPLICATION.
   *
   * @param options The kind of stream, its slot and start, and a signal.
   * @returns The stream, which has begun.
   * @throws {PostgresError} 42704 if there is no such slot; 55006 if it is in use; 55000 if
   * it was invalidated, or belongs to another database or plugin.
   */
  async startReplication(
    options: StartReplicationOptions & CommandOptions,
  ): Promise<ReplicationStream> {
    const command = startReplication(options);
    return new ReplicationStream(
      await this.#session.copyBoth(command, options),
    );
  }

  /**
   * BASE_BACKUP: a copy of the whole cluster, as tar archives. The connection is busy until
   * the backup has been read to its end.
   *
   * @param options How to make the backup, and a signal.
   * @returns The backup, to be read.
   * @throws {PostgresError} 42501 if the role may not replicate.
   */
  async baseBackup(
    options: BaseBackupOptions & CommandOptions = {},
  ): Promise<BaseBackup> {
    const { baseBackupCommand, readBaseBackup } = await import(
      "./base_backup.ts"
    );
    const command = baseBackupCommand(this.serverMajor, options);
    const answer = await this.#session.run(command, options, answerStream);
    return await readBaseBackup(answer, this.serverMajor);
  }

  /**
   * Runs SQL, or any other command, as a simple query. Requires a connection for logical
   * replication.
   *
   * @param sql The statements, separated by semicolons.
   * @param options A signal that cancels the command.
   * @returns A result for each statement.
   * @throws {PostgresError} If a statement fails.
   */
  async query(
    sql: string,
    options: CommandOptions = {},
  ): Promise<QueryResult[]> {
    return await this.#session.query(sql, options);
  }

  /**
   * Runs a `COPY … TO STDOUT`.
   *
   * @param sql The command.
   * @param options A signal that cancels the command.
   * @returns Its data: a chunk for each row in the text formats.
   * @throws {PostgresError} If the command fails.
   */
  async copyOut(
    sql: string,
    options: CommandOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    return await copyOut(this.#session, sql, options);
  }

  /**
   * Runs a `COPY … TO STDOUT`, and returns its data in batches. It takes about a third of the
   * processor time of {@linkcode ReplicationConnection.copyOut}.
   *
   * @param sql The command.
   * @param options A signal that cancels the command.
   * @returns Its data: an array for each read from the socket, which has an element for each
   * row in the text formats.
   * @throws {PostgresError} If the command fails.
   *
   * @example
   * ```ts ignore
   * import { connect } from "@walbrook/walbrook/replication";
   *
   * await using connection = await connect("postgres://app@localhost/shop");
   * const batches = await connection.copyOutBatches("COPY orders TO STDOUT");
   * let bytes = 0;
   * for await (const rows of batches) {
   *   for (const row of rows) bytes += row.length;
   * }
   * console.log(bytes);
   * ```
   */
  async copyOutBatches(
    sql: string,
    options: CommandOptions = {},
  ): Promise<ReadableStream<Uint8Array[]>> {
    return await copyOutBatches(this.#session, sql, options);
  }

  /** Closes the connection, even if a command is running. Safe to call repeatedly. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  /** Closes the connection: {@linkcode ReplicationConnection.close} for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #row(command: string, options: CommandOptions): Promise<CommandRow> {
    return await commandRow(this.#session, command, options);
  }
}
