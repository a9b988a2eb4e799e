import type { SinkReport } from "../../sink/report.ts";
import type { SubscriptionStatus } from "../../subscription/views/status.ts";

/** What `/health` or `/ready` answers. */
export interface HealthAnswer {
  /** The status of the response: 200 or 503. */
  readonly status: 200 | 503;
  /** Its body. */
  readonly body: {
    /** The same in a word. */
    readonly status: "ok" | "unavailable";
    /** The subscription's state. */
    readonly subscription: SubscriptionStatus["state"];
    /** The delivery's state; `null` without one. */
    readonly delivery: SinkReport["state"] | null;
  };
}

/**
 * Answers `/health`: whether the process works. 503 means "restart me": the subscription or the
 * delivery is over. A lost link is no reason for that, since the subscription connects again.
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
 * Answers `/ready`: whether clients should come here. 503 means "send me nothing": changes do not
 * arrive now, since the link is being made.
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
