import type {
  AcknowledgeableEvent,
  CommitEvent,
  ReplicationEvent,
} from "../events/event.ts";
import type { ChunkEvent } from "../events/snapshot_event.ts";
import type { Outlet } from "./outlet.ts";
import { Unit } from "./lanes/unit.ts";

/** The parts of an {@linkcode Intake}. */
export interface IntakeOptions {
  /** The outlets, one for each destination. */
  readonly outlets: readonly Outlet[];
  /** Marks a unit as processed. */
  readonly acknowledge: (event: AcknowledgeableEvent) => void;
}

/**
 * Receives the events of a stream, passes each to all destinations, and tracks which events
 * are acknowledged together.
 */
export class Intake {
  readonly #outlets: readonly Outlet[];
  readonly #acknowledge: (event: AcknowledgeableEvent) => void;
  // The transaction or chunk of a copy whose end has not arrived yet.
  #transaction: Unit | null = null;
  #copy: Unit | null = null;

  /** @param options The outlets, and how to acknowledge. */
  constructor({ outlets, acknowledge }: IntakeOptions) {
    this.#outlets = outlets;
    this.#acknowledge = acknowledge;
  }

  /**
   * Takes the next event.
   *
   * @returns A promise if the caller must wait for it before passing the next event.
   * @throws {TypeError} If events of this kind can't be delivered.
   */
  take(event: ReplicationEvent, now: number): Promise<void> | null {
    switch (event.kind) {
      case "begin":
        this.#transaction = new Unit();
        return this.#give(event, this.#transaction, now);
      case "insert":
      case "update":
      case "delete":
      case "truncate":
        this.#transaction ??= new Unit();
        return this.#give(event, this.#transaction, now);
      case "commit": {
        const unit = this.#transaction ?? new Unit();
        this.#transaction = null;
        return this.#end(event, unit, now);
      }
      case "read":
        this.#copy ??= new Unit();
        return this.#give(event, this.#copy, now);
      case "chunk": {
        const unit = this.#copy ?? new Unit();
        this.#copy = null;
        return this.#end(event, unit, now);
      }
      case "message":
      case "relation":
        return event.transaction === null
          ? this.#alone(event, now)
          : this.#give(event, this.#transaction ??= new Unit(), now);
      case "snapshotBegin":
      case "snapshotEnd":
        return this.#alone(event, now);
      case "gap":
        // The transaction that it interrupts never ends.
        if (event.transaction !== null) this.#transaction = null;
        return this.#gap(event);
      default:
        throw new TypeError(
          `Cannot deliver an event of kind "${event.kind}": the changes of a prepared transaction are not final; subscribe without twoPhase`,
        );
    }
  }

  #give(
    event: ReplicationEvent,
    unit: Unit,
    now: number,
  ): Promise<void> | null {
    const { length } = this.#outlets;
    if (length === 1) return this.#outlets[0]!.take(event, unit, now);
    const waits: Promise<void>[] = [];
    for (const outlet of this.#outlets) {
      const wait = outlet.take(event, unit, now);
      if (wait !== null) waits.push(wait);
    }
    return waits.length === 0 ? null : Promise.all(waits).then(() => {});
  }

  #end(
    event: CommitEvent | ChunkEvent,
    unit: Unit,
    now: number,
  ): Promise<void> | null {
    const wait = this.#give(event, unit, now);
    unit.end(() => this.#acknowledge(event));
    return wait;
  }

  #alone(event: ReplicationEvent, now: number): Promise<void> | null {
    const unit = new Unit();
    const wait = this.#give(event, unit, now);
    unit.end(() => {
      if (event.kind === "message") this.#acknowledge(event);
    });
    return wait;
  }

  async #gap(
    event: Extract<ReplicationEvent, { readonly kind: "gap" }>,
  ): Promise<void> {
    for (const outlet of this.#outlets) await outlet.gap(event);
    this.#acknowledge(event);
  }
}
