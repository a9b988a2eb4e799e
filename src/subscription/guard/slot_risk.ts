import type { Lsn } from "../../lsn.ts";
import type { SlotState } from "../progress/slot_state.ts";
import type { SlotRisk } from "./slot_guard_options.ts";
import type { SlotAnswer } from "./slot_query.ts";

/** The number of answers over which the write rate is measured. */
const MAX_ANSWERS = 8;

/** Measures how fast the server writes WAL. */
export class WalRate {
  #answers: (readonly [at: number, walEnd: Lsn])[] = [];

  /**
   * Records an answer.
   *
   * @param at The time, in milliseconds.
   * @param walEnd The end of WAL.
   * @returns The rate in bytes per second, over the last eight answers; `null` at the first.
   */
  note(at: number, walEnd: Lsn): number | null {
    const last = this.#answers.at(-1);
    // Another server, after a failover.
    if (last !== undefined && walEnd < last[1]) this.#answers = [];
    this.#answers.push([at, walEnd]);
    if (this.#answers.length > MAX_ANSWERS) this.#answers.shift();
    const [from, start] = this.#answers[0]!;
    return at > from ? Number(walEnd - start) / (at - from) * 1000 : null;
  }
}

/** Completes an answer with what follows from the write rate. A pure function. */
export function slotStateOf(
  { inactiveMs, ...slot }: SlotAnswer,
  walBytesPerSecond: number | null,
): SlotState {
  const times = [
    ...slot.safeBytes === null || walBytesPerSecond === null ? [] : [
      slot.safeBytes <= 0n
        ? 0
        : Number(slot.safeBytes) / walBytesPerSecond * 1000,
    ],
    ...slot.idleTimeoutMs === null || inactiveMs === null
      ? []
      : [Math.max(0, slot.idleTimeoutMs - inactiveMs)],
  ];
  const isLost = slot.walStatus === "lost";
  const lossInMs = isLost ? 0 : times.length > 0 ? Math.min(...times) : null;
  return { ...slot, walBytesPerSecond, lossInMs };
}

/** Decides when to call `onSlotRisk`. A pure data structure. */
export class RiskLevels {
  readonly #slot: string;
  readonly #levels: readonly number[];
  // The level that was reported last: an index of #levels, or beyond them.
  #told = -1;

  /**
   * @param slot The slot's name.
   * @param warnBelowMs The times to loss at which to warn.
   */
  constructor(slot: string, warnBelowMs: readonly number[]) {
    this.#slot = slot;
    this.#levels = [...warnBelowMs].sort((a, b) => b - a);
  }

  /**
   * Assesses the state of the slot.
   *
   * @returns The risk, if it is worse than the one reported before; otherwise `null`.
   */
  next(state: SlotState | null): SlotRisk | null {
    const level = this.#levelOf(state);
    if (level > this.#told) {
      this.#told = level;
      return this.#risk(state, level);
    }
    // A value that oscillates around a limit is reported once.
    if (level < this.#told && this.#isWellAbove(state)) this.#told = level;
    return null;
  }

  #levelOf(state: SlotState | null): number {
    const all = this.#levels.length;
    if (state === null) return all + 2;
    if (state.walStatus === "lost") return all + 1;
    if (state.walStatus === "unreserved") return all;
    const { lossInMs } = state;
    if (lossInMs === null) return -1;
    return this.#levels.findLastIndex((limit) => lossInMs < limit);
  }

  #isWellAbove(state: SlotState | null): boolean {
    const limit = this.#levels[Math.min(this.#told, this.#levels.length - 1)];
    return limit === undefined || state?.lossInMs === null ||
      (state !== null && state.lossInMs > limit * 2);
  }

  #risk(state: SlotState | null, level: number): SlotRisk {
    const slot = `Replication slot "${this.#slot}"`;
    const all = this.#levels.length;
    if (state === null) {
      return {
        ...{ reason: "missing", state },
        message: `${slot} is missing: it was dropped, and changes are lost`,
      };
    }
    if (level > all) {
      return {
        ...{ reason: "lost", state },
        message:
          `${slot} has been invalidated: drop it, create it again and copy the tables`,
      };
    }
    if (level === all) {
      return {
        ...{ reason: "unreserved", state },
        message:
          `${slot} is about to be invalidated at the next checkpoint: let the consumer catch up, or raise max_slot_wal_keep_size now`,
      };
    }
    const minutes = Math.floor((state.lossInMs ?? 0) / 60_000);
    return {
      ...{ reason: "lossNear", state },
      message:
        `${slot} may be lost in ${minutes} min at the present rate of writing: let the consumer catch up, or raise ${
          state.safeBytes === null
            ? "idle_replication_slot_timeout"
            : "max_slot_wal_keep_size"
        }`,
    };
  }
}
