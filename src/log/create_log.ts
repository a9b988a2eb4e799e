import {
  ConnectionError,
  errorType,
  PostgresError,
  SubscriptionError,
} from "../errors.ts";
import type { Gap } from "../events/gap.ts";
import { formatLsn } from "../lsn.ts";
import type { BadValue } from "../rows/row_decoder.ts";
import type { FailedWrite } from "../sink/options/deliver_options.ts";
import type { SlotRisk } from "../subscription/guard/slot_guard_options.ts";
import type { SubscriptionStatus } from "../subscription/views/status.ts";
import type { SubscriptionWarning } from "../warning.ts";

/** The severity of a line. */
export type LogLevel = "info" | "warning" | "error";

/** One line of the log. */
export interface LogEntry {
  /** The time, as ISO 8601 in UTC. */
  readonly time: string;
  /** Its severity. */
  readonly level: LogLevel;
  /** What happened. */
  readonly event: string;
  /** Further members, by event; and those of {@linkcode LogOptions.fields}. */
  readonly [member: string]: string | number | boolean | null;
}

/** Options for {@linkcode createLog}. */
export interface LogOptions {
  /** Writes a line, without a line feed at the end. */
  readonly write: (line: string) => void;
  /**
   * Members of every line, for example the name of the slot.
   *
   * @default {{}}
   */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** The functions of {@linkcode createLog}. */
export interface Log {
  /** Options of `subscribe()`, for events of the subscription. */
  readonly subscription: {
    /** Logs `connecting`, `streaming`, `reconnected`, `retrying` and `closed`. */
    readonly onStatus: (status: SubscriptionStatus) => void;
    /** Logs `gap`. */
    readonly onGap: (gap: Gap) => void;
    /** Logs `warning`. */
    readonly onWarning: (warning: SubscriptionWarning) => void;
    /** Logs `badValue`, without the value. */
    readonly onBadValue: (value: BadValue) => void;
  };
  /** Options of `subscribe({ slotGuard })`. */
  readonly slotGuard: {
    /** Logs `slotRisk`. */
    readonly onSlotRisk: (risk: SlotRisk) => void;
  };
  /** Options of `deliver()`. */
  readonly delivery: {
    /** Logs `writeFailed` and, if the destination rejects a change permanently, `poison`. */
    readonly onFailure: (failure: FailedWrite) => void;
  };
}

/**
 * Creates functions that write one line of JSON for each change of state, reconnection, gap,
 * risk and failed write. No line contains a value of a row: an error that the server or a
 * destination reported is logged with its SQLSTATE or class, not with its message, which may
 * quote one.
 *
 * @example
 * ```ts
 * import { createLog } from "@walbrook/walbrook/log";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const log = createLog({
 *   write: (line) => lines.push(line),
 *   fields: { slot: "search" },
 * });
 * log.subscription.onStatus({ state: "streaming", processId: 7 });
 * const { time: _, ...entry } = JSON.parse(lines[0] ?? "");
 * assertEquals(entry, {
 *   level: "info",
 *   event: "streaming",
 *   slot: "search",
 *   processId: 7,
 * });
 * ```
 *
 * @example With a subscription and a delivery
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { createLog } from "@walbrook/walbrook/log";
 * import { deliver } from "@walbrook/walbrook/sink";
 * import { webhook } from "@walbrook/walbrook/webhook";
 *
 * const log = createLog({ write: console.error });
 * const hook = webhook({ url: "https://example.com/hook", secret: "whsec_…" });
 * const subscription = await subscribe({
 *   slot: "hooks",
 *   publication: "shop",
 *   acknowledge: "manual",
 *   ...log.subscription,
 *   slotGuard: log.slotGuard,
 * });
 * deliver(subscription, hook, log.delivery);
 * ```
 *
 * @param options The output, and common members.
 * @returns The log: options for `subscribe()` and `deliver()` that write to it.
 */
export function createLog({ write, fields = {} }: LogOptions): Log {
  let downSince: number | null = null;
  const log = (
    level: LogLevel,
    event: string,
    members: Readonly<Record<string, string | number | boolean | null>> = {},
  ) => {
    const time = new Date().toISOString();
    const entry: LogEntry = { time, level, event, ...fields, ...members };
    write(JSON.stringify(entry));
  };
  return {
    subscription: {
      onStatus: (status) => {
        switch (status.state) {
          case "streaming": {
            const { processId } = status;
            if (downSince === null) {
              return log("info", status.state, { processId });
            }
            const downMs = Math.round(performance.now() - downSince);
            downSince = null;
            return log("info", "reconnected", { processId, downMs });
          }
          case "retrying": {
            downSince ??= performance.now();
            const { failures, error, delayMs } = status;
            return log("warning", status.state, {
              ...{ failures, delayMs: Math.round(delayMs) },
              ...describe(error),
            });
          }
          default:
            return log("info", status.state);
        }
      },
      onGap: ({ reason, from, to }) =>
        log("error", "gap", {
          reason,
          from: formatLsn(from),
          to: to === null ? null : formatLsn(to),
        }),
      onWarning: ({ code, message, hint }) =>
        log("warning", "warning", { code, message, hint }),
      onBadValue: ({ relation, column, error }) =>
        log("warning", "badValue", {
          table: `${relation.schema}.${relation.name}`,
          column,
          error: errorType(error),
        }),
    },
    slotGuard: {
      onSlotRisk: ({ reason, message, state }) =>
        log(reason === "lossNear" ? "warning" : "error", "slotRisk", {
          ...{ reason, message },
          lossInMs: finite(state?.lossInMs),
          retainedBytes: finite(state?.retainedBytes),
        }),
    },
    delivery: {
      onFailure: ({ destination, deliveries, id, attempts, error, next }) =>
        log(
          next === "retry" ? "warning" : "error",
          next === "retry" ? "writeFailed" : "poison",
          {
            destination,
            deliveries,
            id,
            attempts,
            next,
            error: errorType(error),
          },
        ),
    },
  };
}

/** Describes errors of this side, whose messages do not quote values of rows. */
function describe(error: unknown): Record<string, string> {
  const type = { error: errorType(error) };
  if (error instanceof ConnectionError) {
    return { ...type, message: error.message };
  }
  if (!(error instanceof SubscriptionError)) return type;
  const { reason, message, cause } = error;
  // Such a message contains the server's.
  return cause instanceof PostgresError
    ? { ...type, reason }
    : { ...type, reason, message };
}

function finite(value: number | bigint | null | undefined): number | null {
  const number = Number(value ?? NaN);
  return Number.isFinite(number) ? number : null;
}
