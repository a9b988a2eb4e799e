import { indexDigits, positionDigits } from "../../encode/fixed_digits.ts";
import { version } from "../../encode/version.ts";
import type { DeliveredEvent } from "../options/deliverable.ts";
import type { Delivery } from "../options/destination.ts";
import type { Unit } from "./unit.ts";

/** The parts of an {@linkcode Item}. */
export interface ItemOptions {
  /** The event. */
  readonly event: DeliveredEvent;
  /** The unit with which it is acknowledged. */
  readonly unit: Unit;
  /** Its key. */
  readonly key: string | null;
  /** The body to send. */
  readonly body: unknown;
  /** Its size in bytes. */
  readonly bytes: number;
  /** When it arrived, by `performance.now()`. */
  readonly since: number;
}

/** A delivery on its way through lanes and queues. */
export class Item implements Delivery {
  readonly event: DeliveredEvent;
  readonly key: string | null;
  readonly body: unknown;
  readonly unit: Unit;
  readonly bytes: number;
  readonly since: number;
  /** Whether it is the last of its unit. */
  endsUnit = false;
  /** The row's previous key, if an update changed it; `null` otherwise. */
  previousKey: string | null = null;
  /** Why not to send it at all; `null` to send it. */
  refusal: { readonly error: unknown } | null = null;
  /** How many attempts have failed. */
  failures = 0;

  constructor({ event, unit, key, body, bytes, since }: ItemOptions) {
    this.event = event;
    this.key = key;
    this.body = body;
    this.unit = unit;
    this.bytes = bytes;
    this.since = since;
  }

  get id(): string {
    return deliveryId(this.event);
  }
}

/** Returns the id of a delivered event. */
export function deliveryId(event: DeliveredEvent): string {
  switch (event.kind) {
    case "insert":
    case "update":
    case "delete":
    case "read":
    case "truncate":
    case "message":
      return version(event);
    case "begin":
    case "commit":
      return `${positionDigits(event.transaction.commitLsn)}-${event.kind}`;
    case "relation": {
      const { transaction, index, relation } = event;
      const place = transaction === null
        ? "copy"
        : `${positionDigits(transaction.commitLsn)}-${indexDigits(index)}`;
      return `${place}-relation-${relation.oid}`;
    }
    case "snapshotBegin":
    case "chunk":
    case "snapshotEnd":
      return `${positionDigits(event.lsn)}-${
        indexDigits(event.index)
      }-${event.kind}-${event.relation.oid}-${event.run}`;
  }
}
