import type { Delivery } from "./destination.ts";

/**
 * The error that ends a delivery: a destination rejected a change, or can't be used any more.
 * Only durable changes are acknowledged, so the next run starts with the first one that is
 * not.
 *
 * @example
 * ```ts
 * import { DeliveryError } from "@walbrook/walbrook/sink";
 *
 * function whichRow(error: unknown): string | null {
 *   return error instanceof DeliveryError ? error.key : null;
 * }
 * console.log(whichRow(new Error("something else")));
 * ```
 */
export class DeliveryError extends Error {
  /** The destination's name. */
  readonly destination: string;
  /** The delivery's id; `null` if the error does not concern a single one. */
  readonly id: string | null;
  /** The delivery's key; `null` if it has none. */
  readonly key: string | null;

  /**
   * Creates the error.
   *
   * @param message What could not be done.
   * @param where The destination, and the delivery if there is one.
   * @param options The `cause`: the destination's error.
   */
  constructor(
    message: string,
    where: DeliveryErrorPlace,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "DeliveryError";
    this.destination = where.destination;
    this.id = where.delivery?.id ?? null;
    this.key = where.delivery?.key ?? null;
  }
}

/** The place where a delivery ended. */
export interface DeliveryErrorPlace {
  /** The destination's name. */
  readonly destination: string;
  /** The delivery, if it is a single one. */
  readonly delivery?: Pick<Delivery, "id" | "key">;
}

/** Creates the error for a delivery that a destination rejected. */
export function refusal(
  destination: string,
  delivery: Delivery,
  error: unknown,
): DeliveryError {
  const { event, id, key } = delivery;
  return new DeliveryError(
    `Cannot deliver the ${event.kind}${
      key === null ? "" : ` of ${key}`
    } (${id}) to ${destination}: ${
      messageOf(error)
    }; fix the cause and start again, or set "poison" to a store for dead letters`,
    { destination, delivery },
    { cause: error },
  );
}

/** Returns the message of an error, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
