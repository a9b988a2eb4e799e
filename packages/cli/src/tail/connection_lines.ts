import { formatLsn, type Subscription } from "@walbrook/walbrook";
import type {
  SubscriptionProgress,
  SubscriptionStatus,
} from "@walbrook/walbrook/subscription";
import { oneLine } from "../text/terminal_text.ts";

/** Describes a new connection. */
export function describeStart(
  subscription: Pick<Subscription, "parameters" | "processId" | "progress">,
): string[] {
  const parameters = [...subscription.parameters].sort();
  const width = Math.max(0, ...parameters.map(([name]) => name.length));
  return [
    `walsender process ${subscription.processId}`,
    ...parameters.map(([name, value]) =>
      `parameter ${oneLine(name).padEnd(width)} = ${oneLine(value)}`
    ),
    describePositions("start", subscription.progress),
  ];
}

/** Describes the positions of the subscription. */
export function describePositions(
  when: string,
  { confirmed, received, pending }: SubscriptionProgress,
): string {
  return `at the ${when}: confirmed up to ${
    formatLsn(confirmed)
  }, received up to ${
    formatLsn(received)
  }, transactions not confirmed: ${pending}`;
}

/** Describes a change of the connection's state, if it matters. */
export function describeStatus(
  status: SubscriptionStatus,
  command = "tail",
): string | undefined {
  switch (status.state) {
    case "retrying": {
      const { error, delayMs } = status;
      const reason = oneLine(
        error instanceof Error ? error.message : `${error}`,
      );
      return `${command}: ${reason}; trying again in ${
        (delayMs / 1000).toFixed(1)
      } s`;
    }
    case "connecting":
    case "streaming":
    case "closed":
      return undefined;
  }
}
