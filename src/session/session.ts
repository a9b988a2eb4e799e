import {
  ConnectionError,
  PostgresError,
  type PostgresErrorFields,
  ProtocolError,
} from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import {
  encodeCopyFail,
  encodeQuery,
  encodeTerminate,
} from "../wire/frontend_message.ts";
import { CopyBoth } from "./copy_both.ts";
import {
  type FrameSink,
  MAX_ANSWER_BYTES,
  MAX_FRAME_BYTES,
} from "../wire/frame.ts";
import type { FrameChannel } from "../wire/frame_channel.ts";
import { type QueryResult, SimpleQueryAnswer } from "./simple_query.ts";

/** The outcome of a login, from which a {@linkcode Session} is created. */
export interface SessionOptions {
  /** The logged-in channel. */
  readonly channel: FrameChannel;
  /** Every ParameterStatus so far. */
  readonly parameters: Map<string, string>;
  /** The server process, as in `pg_stat_activity.pid`. */
  readonly processId: number;
  /** Asks the server to cancel what this session runs. */
  readonly cancel: () => Promise<void>;
  /**
   * How long to wait for the result of the cancellation, in milliseconds.
   *
   * @default {10_000}
   */
  readonly cancelDeadlineMs?: number;
  /** Called with every NoticeResponse outside a replication stream. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
}

/** Options for a command of a {@linkcode Session}. */
export interface CommandOptions {
  /**
   * Cancels the command on the server; the promise then rejects with `signal.reason`, and the
   * connection can be used further. If the server does not answer within 10 seconds because
   * it is unreachable, the connection is closed.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a command whose first message has arrived. */
export interface Answer {
  /** The first message. */
  readonly first: BackendMessage;
  /** Reads the next message that is part of the answer. */
  readonly next: () => Promise<BackendMessage>;
  /** Reads the next chunk from the socket, whether part of the answer or not. */
  readonly read: (sink: FrameSink) => Promise<boolean>;
  /** Returns whether a message is part of the answer, and handles all others. */
  readonly isPart: (message: BackendMessage) => boolean;
  /**
   * Collects the whole answer from the first message on. COPY data is skipped.
   *
   * @throws {PostgresError} If the command fails.
   */
  readonly gather: () => Promise<SimpleQueryAnswer>;
  /** Must be called with whether the connection accepts commands again, unless collected. */
  readonly onEnd: (reusable: boolean) => void;
  /** Closes the connection. */
  readonly close: () => Promise<void>;
}

const CANCEL_DEADLINE_MS = 10_000;
/** Servers report some 15 parameters, extensions a few more. */
const MAX_PARAMETERS = 10_000;

/**
 * A logged-in connection that runs one command at a time, in the simple query protocol: the
 * only one that a walsender supports.
 */
export class Session {
  readonly #options: SessionOptions;
  #state: "idle" | "busy" | "closed" = "idle";
  // A cancel request in progress.
  #cancelling: Promise<void> | undefined;

  /** @param options The outcome of a login. */
  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Every ParameterStatus, with its current value. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#options.parameters;
  }

  /** The server process, as in `pg_stat_activity.pid`. */
  get processId(): number {
    return this.#options.processId;
  }

  /** When bytes last arrived, by `performance.now()`. */
  get receivedAt(): number {
    return this.#channel.receivedAt;
  }

  /** Runs a query and collects all its results. */
  async query(
    sql: string,
    options: CommandOptions = {},
  ): Promise<QueryResult[]> {
    const answer = await this.queryAll([sql], options);
    return answer(0);
  }

  /**
   * Sends several commands at once, so that all of them take one round trip. The server runs
   * them in order, each as if it had come alone: an error of one does not prevent the next
   * ones.
   *
   * The protocol allows it (the manual, "Simple Query": a frontend need not wait for
   * ReadyForQuery), and Query messages are answered one by one wherever they wait: in the
   * server's buffer, or in that of a proxy or pooler, which forwards the bytes of a replication
   * connection or counts the ReadyForQuery messages. So this also works where a message with
   * several statements does not: a replication command must be alone in its message.
   *
   * @param commands Commands of which none starts COPY FROM STDIN or a stream. Those behind
   * one with a long answer must be short: nothing is read until all of them are sent.
   * @param options A signal that cancels the command that is running.
   * @returns A function that returns the results of the command with an index, or throws its
   * error.
   */
  async queryAll(
    commands: readonly string[],
    options: CommandOptions = {},
  ): Promise<(index: number) => QueryResult[]> {
    const answers: SimpleQueryAnswer[] = [];
    await this.run(commands, options, async ({ first }) => {
      for (let start = first;; start = await this.#next()) {
        answers.push(await this.#collect(start));
        if (answers.length === commands.length) break;
        // A cancellation ends one command, and those behind it may be blocked as well.
        if (options.signal?.aborted) await this.#cancel();
      }
      this.#release(true);
      const hasFailed = answers.some(({ error }) => error !== undefined);
      if (hasFailed) options.signal?.throwIfAborted();
    }, MAX_ANSWER_BYTES);
    const errors = await Promise.all(
      answers.map(({ error }, i) => error && explain(error, commands[i] ?? "")),
    );
    return (index) => {
      if (errors[index] !== undefined) throw errors[index];
      return answers[index]?.results() ?? [];
    };
  }

  /**
   * Restores the settings that the login asked for, where a pooler or a login trigger has
   * changed them: see {@linkcode pinSettings}.
   *
   * @param options A signal that cancels the command that is running.
   */
  async pinSettings(options: CommandOptions = {}): Promise<void> {
    const { pinSettings } = await import("../login/pin_settings.ts");
    await pinSettings(async (command) => {
      const results = await this.query(command, options);
      return results.at(-1)?.rows.at(-1)?.at(-1) ?? null;
    });
  }

  /** Runs a START_REPLICATION. */
  async copyBoth(sql: string, options: CommandOptions = {}): Promise<CopyBoth> {
    return await this.run(
      sql,
      options,
      async ({ first, onEnd, gather }) =>
        first.kind === "CopyBothResponse"
          ? new CopyBoth(this.#channel, onEnd)
          : new CopyBoth(this.#channel, onEnd, await gather()),
    );
  }

  /**
   * Runs a command.
   *
   * @param sql The command, or several, which are sent at once.
   * @param options A signal that cancels the command.
   * @param receive Reads the answer, or returns an object that continues to read it.
   * @param maxMessageBytes The longest message to accept: that of a value of 1 GiB if the
   * answer is streamed, and not collected.
   */
  async run<T>(
    sql: string | readonly string[],
    options: CommandOptions,
    receive: (answer: Answer) => T | Promise<T>,
    maxMessageBytes: number = MAX_FRAME_BYTES,
  ): Promise<T> {
    const { signal } = options;
    signal?.throwIfAborted();
    const commands = typeof sql === "string" ? [sql] : sql;
    const [command = ""] = commands;
    this.#acquire(command);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const cancel = () => {
      void this.#cancel();
      const { cancelDeadlineMs = CANCEL_DEADLINE_MS } = this.#options;
      timer = setTimeout(() => void this.#channel.close(), cancelDeadlineMs);
    };
    try {
      signal?.addEventListener("abort", cancel);
      this.#channel.limitMessages(maxMessageBytes);
      await this.#channel.write(encodeQuery(...commands));
      const first = await this.#next();
      return await receive({
        first,
        next: () => this.#next(),
        read: (sink) => this.#channel.read(sink),
        isPart: (message) => this.#isPart(message),
        gather: () => this.#gather(first),
        onEnd: (reusable) => this.#release(reusable),
        close: () => this.#channel.close(),
      });
    } catch (error) {
      if (this.#state === "busy") {
        // The answer broke off, so the next messages can't be assigned to a command.
        this.#state = "closed";
        await this.#channel.close();
      }
      signal?.throwIfAborted();
      throw await explain(error, command);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      // It must take effect or fail before the next command, or it might cancel that one.
      await this.#cancelling;
      this.#cancelling = undefined;
    }
  }

  /** Sends Terminate and closes the connection. Safe to call repeatedly. */
  async close(): Promise<void> {
    const idle = this.#state === "idle";
    this.#state = "closed";
    // During a command the server would not read it.
    if (idle) await this.#channel.write(encodeTerminate()).catch(() => {});
    await this.#channel.close();
  }

  get #channel(): FrameChannel {
    return this.#options.channel;
  }

  #acquire(sql: string): void {
    const command = sql.length > 60 ? `${sql.slice(0, 60)}…` : sql;
    if (this.#state === "closed") {
      throw new ConnectionError(
        `Cannot run "${command}": the connection is closed`,
      );
    }
    if (this.#state === "busy" || this.#cancelling !== undefined) {
      throw new TypeError(
        `Cannot run "${command}": the connection is busy with another command; wait for it, or open a second connection`,
      );
    }
    this.#state = "busy";
  }

  // Asks the server to cancel what it is running, once an earlier request has been handled.
  #cancel(): Promise<void> {
    const earlier = this.#cancelling ?? Promise.resolve();
    this.#cancelling = earlier.then(() => this.#options.cancel()).catch(
      () => {},
    );
    return this.#cancelling;
  }

  #release(reusable: boolean): void {
    if (this.#state === "busy") this.#state = reusable ? "idle" : "closed";
  }

  // Returns the next message that belongs to an answer; the others may arrive at any time.
  async #next(): Promise<BackendMessage> {
    for (;;) {
      const message = await this.#channel.nextMessage();
      if (this.#isPart(message)) return message;
    }
  }

  #isPart(message: BackendMessage): boolean {
    switch (message.kind) {
      case "ParameterStatus":
        this.#setParameter(message.name, message.value);
        return false;
      case "NoticeResponse":
        this.#options.onNotice(message.fields);
        return false;
      case "NotificationResponse":
        return false;
      default:
        return true;
    }
  }

  #setParameter(name: string, value: string): void {
    const { parameters } = this.#options;
    if (parameters.size >= MAX_PARAMETERS && !parameters.has(name)) {
      throw new ProtocolError(
        `Cannot continue the session: the server reported more than ${MAX_PARAMETERS} parameters`,
      );
    }
    parameters.set(name, value);
  }

  async #gather(first: BackendMessage): Promise<SimpleQueryAnswer> {
    const answer = await this.#collect(first);
    this.#release(true);
    answer.results();
    return answer;
  }

  // Reads an answer up to ReadyForQuery, whether the command fails or not.
  async #collect(first: BackendMessage): Promise<SimpleQueryAnswer> {
    const answer = new SimpleQueryAnswer();
    for (let message = first;; message = await this.#next()) {
      if (message.kind === "CopyInResponse") {
        await this.#channel.write(
          encodeCopyFail("This connection does not send COPY data"),
        );
      } else if (message.kind === "CopyOutResponse") {
        continue; // the answer skips its data
      } else if (answer.push(message)) {
        return answer;
      }
    }
  }
}

// Adds an explanation to an error of the server whose own message would mislead.
async function explain(error: unknown, command: string): Promise<unknown> {
  if (!(error instanceof PostgresError)) return error;
  const refusals = await import("../login/refusals.ts").catch(() => null);
  return refusals?.explainSyntaxError(error, command) ?? error;
}
