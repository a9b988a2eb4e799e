import type { ReplicationEvent } from "@walbrook/walbrook";
import type {
  Decoded,
  DecodedStep,
} from "../../src/assembly/change_decoder.ts";

/** The events among the steps that a message made. */
export function eventsOf(decoded: Decoded): ReplicationEvent[] {
  if (decoded === null) return [];
  const steps = Array.isArray(decoded) ? decoded : [decoded as DecodedStep];
  return steps.filter((step) =>
    step.kind !== "transactionBegun" && step.kind !== "emptyTransaction"
  );
}

/**
 * Appends the events that a message made.
 *
 * @returns A promise only where the message has to wait for something.
 */
export function gather(
  decoded: Decoded | Promise<Decoded>,
  events: ReplicationEvent[],
): void | Promise<void> {
  if (decoded instanceof Promise) {
    return decoded.then((decoded) => gather(decoded, events));
  }
  events.push(...eventsOf(decoded));
}
