import type { SinkReport } from "../../sink/report.ts";
import type { SubscriptionStatus } from "../../subscription/views/status.ts";

/** The answer of `/health` or `/ready`. */
export interface HealthAnswer {
  /** The status of the response: 200 or 503. */
  readonly status: 200 | 503;
  /** Its body. */
  readonly body: {
    /** The status as a word. */
    readonly status: "ok" | "unavailable";
    /** The subscription's state. */
    readonly subscription: SubscriptionStatus["state"];
    /** The delivery's state; `null` without one. */
    readonly delivery: SinkReport["state"] | null;
  };
}

/**
 * Answers `/health`: whether the process works. 503 means that it needs a restart: the
 * subscription or the delivery has ended. A lost link does not count, since the subscription
 * reconnects.
 *
 * @param subscription The subscription's state.
 * @param delivery The delivery's state; `null` without one.
 */
export function health(
  subscription: SubscriptionStatus["state"],
  delivery: SinkReport["state"] | null,
): HealthAnswer {
  const isOver = subscription === "closed" || delivery === "failed" ||
    delivery === "closed";
  return answer(!isOver, subscription, delivery);
}

/**
 * Answers `/ready`: whether clients should connect. 503 means that they should not: there is
 * no link, so changes do not arrive now.
 *
 * @param subscription The subscription's state.
 * @param delivery The delivery's state; `null` without one.
 */
export function readiness(
  subscription: SubscriptionStatus["state"],
  delivery: SinkReport["state"] | null,
): HealthAnswer {
  const isReady = subscription === "streaming" &&
    (delivery === null || delivery === "delivering");
  return answer(isReady, subscription, delivery);
}

function answer(
  isOk: boolean,
  subscription: SubscriptionStatus["state"],
  delivery: SinkReport["state"] | null,
): HealthAnswer {
  return {
    status: isOk ? 200 : 503,
    body: { status: isOk ? "ok" : "unavailable", subscription, delivery },
  };
}
