import {
  type AskCatalogOptions,
  queryCatalog,
  withCatalog,
} from "../../catalog/query_catalog.ts";
import { sqlLiteral } from "../../catalog/sql_literal.ts";
import { PostgresError, SubscriptionError } from "../../errors.ts";
import type { Lsn } from "../../lsn.ts";
import * as SQLSTATE from "../../sqlstate.ts";
import type { SlotState } from "../progress/slot_state.ts";
import type { SlotGuardOptions } from "./slot_guard_options.ts";
import { readSlotAnswer, slotStateQuery } from "./slot_query.ts";
import { RiskLevels, slotStateOf, WalRate } from "./slot_risk.ts";

/** The parts of a {@linkcode SlotGuard}. */
export interface SlotGuardParts {
  /** The caller's options. */
  readonly options: SlotGuardOptions;
  /** The slot's name. */
  readonly slot: string;
  /** The server to query. */
  readonly server: Omit<AskCatalogOptions, "signal" | "deadlineMs">;
  /** Called with the end of the server's WAL. */
  readonly onWalEnd: (walEnd: Lsn) => void;
  /** Ends the subscription, because the slot will be dropped. */
  readonly onDrop: () => void;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** How long to wait for the walsender to release a slot that is to be dropped. */
const DROP_PATIENCE_MS = 10_000;
const HEARTBEAT =
  "SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_logical_emit_message(false, 'walbrook.heartbeat', '') END";

/** Queries the state of a slot periodically, warns of its loss, and emits heartbeats. */
export class SlotGuard {
  readonly #parts: SlotGuardParts;
  readonly #stop = new AbortController();
  readonly #rate = new WalRate();
  readonly #levels: RiskLevels;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #running = new Set<Promise<void>>();
  #state: SlotState | null = null;
  #isToDrop = false;
  #failure: unknown = null;

  /** @param parts What to watch. Call {@linkcode start} to begin. */
  constructor(parts: SlotGuardParts) {
    this.#parts = parts;
    const { warnBelowMs = [DAY_MS, HOUR_MS, 10 * MINUTE_MS] } = parts.options;
    this.#levels = new RiskLevels(parts.slot, warnBelowMs);
  }

  /** The server's last answer; `null` before the first one. */
  get state(): SlotState | null {
    return this.#state;
  }

  /** Starts watching. */
  start(): void {
    const { intervalMs = 15_000, heartbeatMs } = this.#parts.options;
    this.#repeat(() => this.#ask(), intervalMs, 0);
    if (heartbeatMs !== undefined) {
      this.#repeat(() => this.#beat(), heartbeatMs, heartbeatMs);
    }
  }

  /** Stops watching once the link is closed, and drops the slot if that was decided. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.allSettled(this.#running);
    if (!this.#isToDrop) return;
    try {
      await this.#drop();
    } catch (error) {
      this.#failure = error;
    }
  }

  /** The error that ends the subscription; known once {@linkcode stop} has ended. */
  get error(): SubscriptionError {
    const { slot } = this.#parts;
    const { retainedBytes } = this.#state ?? {};
    const kept = `it kept ${retainedBytes} bytes of WAL (slotGuard.drop)`;
    return this.#failure === null
      ? new SubscriptionError(
        "slotDropped",
        `Dropped replication slot "${slot}", since ${kept}: create it again and copy the tables`,
      )
      : new SubscriptionError(
        "slotDropped",
        `Cannot drop replication slot "${slot}", which was to be done since ${kept}: drop it by SELECT pg_drop_replication_slot()`,
        { cause: this.#failure },
      );
  }

  // The interval starts at the end of the last query, so that a slow server is not
  // overloaded.
  #repeat(run: () => Promise<void>, everyMs: number, firstMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const running = run().catch(ignore).finally(() => {
        this.#running.delete(running);
        if (!this.#stop.signal.aborted) this.#repeat(run, everyMs, everyMs);
      });
      this.#running.add(running);
    }, firstMs);
    this.#timers.add(timer);
  }

  async #ask(): Promise<void> {
    const { slot, server, onWalEnd, options } = this.#parts;
    const { signal } = this.#stop;
    const query = slotStateQuery(slot);
    const rows = await queryCatalog(query, { ...server, signal });
    if (signal.aborted) return;
    const at = new Date();
    const answer = readSlotAnswer(rows, at);
    onWalEnd(answer.walEnd);
    const rate = this.#rate.note(at.getTime(), answer.walEnd);
    this.#state = answer.slot && slotStateOf(answer.slot, rate);
    const risk = this.#levels.next(this.#state);
    try {
      if (risk !== null) options.onSlotRisk?.(risk);
    } catch {
      // The callback's error is dropped, and the stream continues.
    }
    const { aboveBytes } = options.drop ?? {};
    const kept = this.#state?.retainedBytes ?? 0n;
    if (aboveBytes === undefined || kept <= BigInt(aboveBytes)) return;
    this.#isToDrop = true;
    this.#stop.abort();
    this.#parts.onDrop();
  }

  async #beat(): Promise<void> {
    const { server } = this.#parts;
    await queryCatalog(HEARTBEAT, { ...server, signal: this.#stop.signal });
  }

  // The walsender takes a moment to leave the slot.
  async #drop(): Promise<void> {
    const { slot, server } = this.#parts;
    const drop = `SELECT pg_catalog.pg_drop_replication_slot(${
      sqlLiteral(slot)
    })`;
    const signal = new AbortController().signal;
    await withCatalog(
      { ...server, signal, deadlineMs: DROP_PATIENCE_MS },
      async (ask) => {
        for (;;) {
          try {
            return void await ask(drop);
          } catch (error) {
            const isBusy = error instanceof PostgresError &&
              error.code === SQLSTATE.OBJECT_IN_USE;
            if (!isBusy) throw error;
          }
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
    );
  }
}

function ignore(): void {}
