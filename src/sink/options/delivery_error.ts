import type { Delivery } from "./destination.ts";

/**
 * A delivery that ended: a destination refused a change, or can't be used any more. Nothing
 * that was not durable is acknowledged, so that the next run begins with it.
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
  /** The delivery's id; `null` where it is no single one. */
  readonly id: string | null;
  /** The delivery's key; `null` where it has none. */
  readonly key: string | null;

  /**
   * Makes the error.
   *
   * @param message What could not be done.
   * @param where The destination, and the delivery if it is one.
   * @param options The `cause`: what the destination said.
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

/** Where a delivery ended. */
export interface DeliveryErrorPlace {
  /** The destination's name. */
  readonly destination: string;
  /** The delivery, if it is a single one. */
  readonly delivery?: Pick<Delivery, "id" | "key">;
}

/** The error for a delivery that a destination refused. */
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
    }; mend what it refuses and start again, or give "poison" a place for dead letters`,
    { destination, delivery },
    { cause: error },
  );
}

/** The words of an error, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
