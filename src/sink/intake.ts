import type {
  AcknowledgeableEvent,
  CommitEvent,
  ReplicationEvent,
} from "../events/event.ts";
import type { ChunkEvent } from "../events/snapshot_event.ts";
import type { Outlet } from "./outlet.ts";
import { Unit } from "./lanes/unit.ts";

/** What an {@linkcode Intake} works with. */
export interface IntakeOptions {
  /** The ways to the destinations. */
  readonly outlets: readonly Outlet[];
  /** Says that a unit is done. */
  readonly acknowledge: (event: AcknowledgeableEvent) => void;
}

/**
 * Takes the events of a stream, hands each to all destinations, and knows what is
 * acknowledged together.
 */
export class Intake {
  readonly #outlets: readonly Outlet[];
  readonly #acknowledge: (event: AcknowledgeableEvent) => void;
  // The transaction, or the part of a copy, whose end has not come yet.
  #transaction: Unit | null = null;
  #copy: Unit | null = null;

  /** @param options The ways to the destinations. */
  constructor({ outlets, acknowledge }: IntakeOptions) {
    this.#outlets = outlets;
    this.#acknowledge = acknowledge;
  }

  /**
   * Takes the next event.
   *
   * @returns A promise if nothing else may be given before it resolves.
   * @throws {TypeError} If it is of a kind that can't be delivered.
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
        // A transaction in the middle of which it is never ends.
        if (event.transaction !== null) this.#transaction = null;
        return this.#gap(event);
      default:
        throw new TypeError(
          `Cannot deliver an event of kind "${event.kind}": what a prepared transaction did does not hold yet; subscribe without twoPhase`,
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
