import type { Lsn } from "../../lsn.ts";

/** A replication slot. */
export interface Slot {
  /** Its name. */
  readonly name: string;
  /** The connection with which it ends; `null` if it stays. */
  readonly temporaryOf: number | null;
  /** Whether it sends transactions when they are prepared. */
  readonly twoPhase: boolean;
  /** What was confirmed last. */
  confirmed: Lsn;
  /** What was confirmed when the server last wrote that to its disk. */
  saved: Lsn;
  /** Why it was invalidated; `null` if it is usable. */
  invalidation: string | null;
  /** The process that streams it; `null` if there is none. */
  activePid: number | null;
}

/** What an error of the server says. */
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

/** Someone who waits until something was confirmed. */
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
   * Finds a slot that is there.
   *
   * @throws {ServerError} 42704 if it is not.
   */
  get(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return slot;
    throw new ServerError("42704", `replication slot "${name}" does not exist`);
  }

  /**
   * Creates a slot.
   *
   * @throws {ServerError} 42710 if there is one of that name.
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

  /** Drops the temporary slots of a connection, and of all. */
  release(processId: number): void {
    for (const [name, slot] of this.#slots) {
      if (slot.activePid === processId) slot.activePid = null;
      if (slot.temporaryOf === processId) this.#slots.delete(name);
    }
  }

  /** Notes what a client has confirmed. */
  confirm(slot: Slot, position: Lsn): void {
    if (position <= slot.confirmed) return;
    slot.confirmed = position;
    const isDone = (one: Waiter) =>
      one.slot === slot.name && one.position <= position;
    for (const one of this.#waiting) if (isDone(one)) one.resolve();
    this.#waiting = this.#waiting.filter((one) => !isDone(one));
  }

  /**
   * Waits until something was confirmed.
   *
   * @param signal Gives up.
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

  /** Ends all waits for something to be confirmed: nothing will come. */
  abandon(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting = [];
  }

  /** Writes what was confirmed to the disk. */
  save(): void {
    for (const slot of this.#slots.values()) slot.saved = slot.confirmed;
  }

  /** Goes back to what was written to the disk. */
  restore(): void {
    for (const slot of this.#slots.values()) slot.confirmed = slot.saved;
  }

  /** The lowest position that a slot may have to go back to; `null` if there are none. */
  get oldest(): Lsn | null {
    let oldest: Lsn | null = null;
    for (const { saved, confirmed } of this.#slots.values()) {
      const lowest = saved < confirmed ? saved : confirmed;
      if (oldest === null || lowest < oldest) oldest = lowest;
    }
    return oldest;
  }
}
