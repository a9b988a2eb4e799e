import { keyText, textOfKey } from "../encode/key_text.ts";
import { planOf } from "../encode/relation_plan.ts";
import { keyColumnsFor, previousKeyOf } from "../encode/row_key.ts";
import { eventBytes } from "./lanes/event_bytes.ts";
import { Item } from "./lanes/item.ts";
import type { Unit } from "./lanes/unit.ts";
import type { DeliveredEvent } from "./options/deliverable.ts";
import type { RouteSettings } from "./options/settings.ts";

/** The parts from which a delivery is made. */
export interface MakeItemOptions {
  /** The route. */
  readonly settings: RouteSettings;
  /** The unit with which it is acknowledged. */
  readonly unit: Unit;
  /** When it arrived, by `performance.now()`. */
  readonly since: number;
}

/** Creates the delivery for an event: finds its key, encodes it, and checks its size. */
export function makeItem(
  event: DeliveredEvent,
  { settings: { destination, keys }, unit, since }: MakeItemOptions,
): Item {
  let body: unknown;
  let refusal: Item["refusal"] = null;
  try {
    body = destination.encode?.(event);
  } catch (error) {
    refusal = { error };
  }
  const bytes = body === undefined || destination.sizeOf === undefined
    ? eventBytes(event, body)
    : destination.sizeOf(body);
  const { maxDeliveryBytes = Infinity } = destination;
  if (refusal === null && bytes > maxDeliveryBytes) {
    refusal = { error: tooLarge(bytes, maxDeliveryBytes) };
  }
  const key = deliveryKey(event, keys);
  const item = new Item({ event, unit, key, body, bytes, since });
  item.refusal = refusal;
  item.endsUnit = endsUnit(event);
  if (event.kind === "update") item.previousKey = previousKey(event, keys);
  return item;
}

function endsUnit(event: DeliveredEvent): boolean {
  switch (event.kind) {
    case "commit":
    case "chunk":
    case "snapshotBegin":
    case "snapshotEnd":
      return true;
    case "message":
    case "relation":
      return event.transaction === null;
    default:
      return false;
  }
}

function deliveryKey(
  event: DeliveredEvent,
  keys: RouteSettings["keys"],
): string | null {
  switch (event.kind) {
    case "insert":
    case "update":
    case "delete":
    case "read":
      return keyText(event, keys) ?? planOf(event.relation).table;
    case "message":
      return `message:${event.prefix}`;
    default:
      return null;
  }
}

function previousKey(
  event: Extract<DeliveredEvent, { readonly kind: "update" }>,
  keys: RouteSettings["keys"],
): string | null {
  const previous = previousKeyOf(event, keys);
  const columns = keyColumnsFor(event, keys);
  return previous && columns &&
    textOfKey(planOf(event.relation).table, previous, columns);
}

function tooLarge(bytes: number, most: number): RangeError {
  return new RangeError(
    `It has ${bytes} bytes, and the destination takes at most ${most}`,
  );
}
