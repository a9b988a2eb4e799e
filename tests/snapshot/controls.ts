import { ChangeLog } from "../../src/snapshot/reconcile/change_log.ts";

/**
 * Another way to put chunks and changes together, which loses rows: to see that the load under
 * which Walbrook's is tested can tell.
 *
 * - `watermark`: all that was delivered when a chunk is given out counts as seen by it, as
 *   where positions of the WAL are compared.
 * - `eviction`: rows that were changed meanwhile are left out of the chunk.
 */
export type Control = "watermark" | "eviction";

/** Copies by another way until it is disposed. */
export function useControl(control: Control): Disposable {
  const { invisibleTo } = ChangeLog.prototype;
  ChangeLog.prototype.invisibleTo = function (snapshot) {
    if (control === "watermark") return [];
    return invisibleTo.call(this, snapshot).map(({ changes, ...one }) => ({
      ...one,
      changes:
        changes?.map((change) =>
          change === "truncate" ? change : { ...change, row: null }
        ) ?? null,
    }));
  };
  return {
    [Symbol.dispose]: () => {
      ChangeLog.prototype.invisibleTo = invisibleTo;
    },
  };
}
