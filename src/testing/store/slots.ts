import type { Lsn } from "../../lsn.ts";

/** A replication slot. */
export interface Slot {
  /** Its name. */
  readonly name: string;
  /** The connection at whose end it is dropped; `null` for a permanent one. */
  readonly temporaryOf: number | null;
  /** Whether it sends transactions when they are prepared. */
  readonly twoPhase: boolean;
  /** The confirmed position. */
  confirmed: Lsn;
  /** The confirmed position that was last written to disk. */
  saved: Lsn;
  /** Why it was invalidated; `null` if it is usable. */
  invalidation: string | null;
  /** The process that streams it; `null` if there is none. */
  activePid: number | null;
}

/** An error of the server. */
export class ServerError extends Error {
  /** The SQLSTATE. */
  readonly code: string;

  /**
   * @param code The SQLSTATE.
   * @param message The message.
   */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A caller that waits for a confirmation. */
interface Waiter {
  readonly slot: string;
  readonly position: Lsn;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The replication slots of a server. */
export class Slots {
  readonly #slots = new Map<string, Slot>();
  #waiting: readonly Waiter[] = [];

  /** Finds a slot. */
  find(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  /**
   * Finds an existing slot.
   *
   * @throws {ServerError} 42704 if it does not exist.
   */
  get(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return slot;
    throw new ServerError("42704", `replication slot "${name}" does not exist`);
  }

  /**
   * Creates a slot.
   *
   * @throws {ServerError} 42710 if it already exists.
   */
  create(
    { name, temporaryOf, twoPhase }: Pick<
      Slot,
      "name" | "temporaryOf" | "twoPhase"
    >,
    position: Lsn,
  ): Slot {
    if (!/^[a-z0-9_]{1,63}$/.test(name)) {
      throw new ServerError(
        "42602",
        `replication slot name "${name}" contains invalid character`,
      );
    }
    if (this.#slots.has(name)) {
      throw new ServerError(
        "42710",
        `replication slot "${name}" already exists`,
      );
    }
    const slot: Slot = {
      ...{ name, temporaryOf, twoPhase, confirmed: position, saved: position },
      ...{ invalidation: null, activePid: null },
    };
    this.#slots.set(name, slot);
    return slot;
  }

  /**
   * Drops a slot.
   *
   * @throws {ServerError} 55006 if it is in use.
   */
  drop(name: string): void {
    const { activePid } = this.get(name);
    if (activePid !== null) {
      throw new ServerError(
        "55006",
        `replication slot "${name}" is active for PID ${activePid}`,
      );
    }
    this.#slots.delete(name);
  }

  /** Drops the temporary slots of a connection, and releases all others that it streams. */
  release(processId: number): void {
    for (const [name, slot] of this.#slots) {
      if (slot.activePid === processId) slot.activePid = null;
      if (slot.temporaryOf === processId) this.#slots.delete(name);
    }
  }

  /** Records the position that a client has confirmed. */
  confirm(slot: Slot, position: Lsn): void {
    if (position <= slot.confirmed) return;
    slot.confirmed = position;
    const isDone = (one: Waiter) =>
      one.slot === slot.name && one.position <= position;
    for (const one of this.#waiting) if (isDone(one)) one.resolve();
    this.#waiting = this.#waiting.filter((one) => !isDone(one));
  }

  /**
   * Waits until a position is confirmed.
   *
   * @param signal Aborts the wait.
   */
  async confirmed(
    name: string,
    position: Lsn,
    signal: AbortSignal,
  ): Promise<void> {
    const slot = this.#slots.get(name);
    if (slot !== undefined && slot.confirmed >= position) return;
    await new Promise<void>((resolve, reject) => {
      const waiter = { slot: name, position, resolve, reject };
      this.#waiting = [...this.#waiting, waiter];
      signal.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        reject(signal.reason);
      });
    });
  }

  /** Rejects all waits for confirmations: none will come. */
  abandon(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting = [];
  }

  /** Writes the confirmed positions to disk. */
  save(): void {
    for (const slot of this.#slots.values()) slot.saved = slot.confirmed;
  }

  /** Restores the positions that were written to disk. */
  restore(): void {
    for (const slot of this.#slots.values()) slot.confirmed = slot.saved;
  }

  /** The lowest position to which a slot may return; `null` if there are no slots. */
  get oldest(): Lsn | null {
    let oldest: Lsn | null = null;
    for (const { saved, confirmed } of this.#slots.values()) {
      const lowest = saved < confirmed ? saved : confirmed;
      if (oldest === null || lowest < oldest) oldest = lowest;
    }
    return oldest;
  }
}
