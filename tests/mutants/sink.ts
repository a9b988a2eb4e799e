import type { Mutant } from "./mutant.ts";

const LANES = "src/sink/lanes/";
const DELIVER = "tests/sink/deliver_test.ts";
const DEAD_LETTERS = "tests/sink/dead_letters_test.ts";
const ORDERED = "tests/sink/ordered_test.ts";
const REFUSED_BATCH = "tests/sink/refused_batch_test.ts";
const OPENING = "tests/sink/opening_test.ts";
const LANE = "tests/sink/lanes/lane_test.ts";
const JUDGE = "tests/sink/lanes/judge_outcome_test.ts";

/** The mutants of `src/sink/`. */
export const SINK_MUTANTS: readonly Mutant[] = [
  {
    breaks: "later changes of a rejected change's key are delivered before it",
    file: `${LANES}judge_outcome.ts`,
    from:
      "    if (concerns(item, parked)) {\n      behind.push(item);\n    } else if",
    to: "    if",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "later changes of a failed change's key overtake it",
    file: `${LANES}judge_outcome.ts`,
    from:
      "    } else if (concerns(item, retried)) {\n      again.push(item);\n",
    to: "",
    tests: [DELIVER],
  },
  {
    breaks: "a change is tried once more than maxAttempts",
    file: `${LANES}judge_outcome.ts`,
    from: "++item.failures >= maxAttempts",
    to: "++item.failures > maxAttempts",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "all rows of a refused batch are rejected because of one",
    file: `${LANES}judge_outcome.ts`,
    from: "  if (!retryable && batch.length > 1) return SPLIT;\n",
    to: "",
    tests: [REFUSED_BATCH],
  },
  {
    breaks: "a fatal error of the destination rejects a change",
    file: `${LANES}judge_outcome.ts`,
    from: "  if (fatal) throw error;\n",
    to: "",
    tests: [REFUSED_BATCH],
  },
  {
    breaks: "a destination that asks for a delay is retried without it",
    file: `${LANES}judge_outcome.ts`,
    from: "Math.max(retryAfterMs, failure.retryAfterMs ?? 0)",
    to: "0",
    tests: [DELIVER],
  },
  {
    breaks: "a change overtakes the update that created its key",
    file: `${LANES}judge_outcome.ts`,
    from:
      "(key !== null && keys.has(key)) ||\n    (previousKey !== null && keys.has(previousKey))",
    to: "(key !== null && keys.has(key))",
    tests: [JUDGE],
  },
  {
    breaks:
      "a change overtakes a failed one of its key from an earlier half of the batch",
    file: `${LANES}lane_scheduler.ts`,
    from:
      "        if (failedKeys.has(item.key)) failed.push(item);\n        else return",
    to: "        return",
    tests: [REFUSED_BATCH],
  },
  {
    breaks: "the halves of a refused batch are written in the wrong order",
    file: `${LANES}lane_scheduler.ts`,
    from: "parts.push(left.items.slice(middle), left.items.slice(0, middle));",
    to: "parts.push(left.items.slice(0, middle), left.items.slice(middle));",
    tests: [REFUSED_BATCH],
  },
  {
    breaks: "a failed batch is written again without its delay",
    file: `${LANES}lane_scheduler.ts`,
    from: "      await writer.rest(failures, retryAfterMs);\n",
    to: "",
    tests: [DELIVER],
  },
  {
    breaks: "a key that failed alone is retried without its delay",
    file: `${LANES}lane_scheduler.ts`,
    from: "now + Math.max(delayMs, retryAfterMs)",
    to: "now",
    tests: [DELIVER],
  },
  {
    breaks: "a rejected change is sent although its body cannot be encoded",
    file: `${LANES}lane_scheduler.ts`,
    from:
      "    else if (item.refusal !== null) parking.refuse(item, item.refusal.error);\n",
    to: "",
    tests: [DELIVER],
  },
  {
    breaks: "later changes overtake those that wait for a retry",
    file: `${LANES}lane.ts`,
    from: "items: [...items, ...behind]",
    to: "items: [...behind, ...items]",
    tests: [LANE],
  },
  {
    breaks: "a change overtakes one of its key that waits for a retry",
    file: `${LANES}lane.ts`,
    from: "    if (retried === undefined) return false;\n",
    to: "    return false;\n",
    tests: [DELIVER],
  },
  {
    breaks: "a batch of retries contains two changes of a key",
    file: `${LANES}lane.ts`,
    from: "limits.distinctKeys ? 1 : retried.items.length",
    to: "retried.items.length",
    tests: [LANE],
  },
  {
    breaks: "the report omits how long a retried change has waited",
    file: `${LANES}lane.ts`,
    from: "      first = earlier(first, items[0]?.since);\n",
    to: "",
    tests: [LANE],
  },
  {
    breaks:
      "a batch contains two changes of a key although the destination takes one",
    file: `${LANES}queue.ts`,
    from: "if (isFull || keys?.has(item.key) === true) break;",
    to: "if (isFull) break;",
    tests: [DELIVER],
  },
  {
    breaks: "a transaction is acknowledged before it is durable",
    file: `${LANES}writer.ts`,
    from: "if (this.#options.settings.destination.flush === undefined) {",
    to: "if (this.isOver === false) {",
    tests: [DELIVER],
  },
  {
    breaks: "changes of a failed flush are never acknowledged",
    file: `${LANES}writer.ts`,
    from: "        this.#accepted = [...items, ...this.#accepted];\n",
    to: "",
    tests: [DELIVER],
  },
  {
    breaks: "a failed flush is repeated forever",
    file: `${LANES}writer.ts`,
    from: "if (isFinal || failures >= maxAttempts)",
    to: "if (isFinal)",
    tests: [DELIVER],
  },
  {
    breaks: "an error in the caller's code is swallowed",
    file: `${LANES}writer.ts`,
    from: "    task.catch((error) => this.fail(error));",
    to: "    task.catch(() => {});",
    tests: [OPENING],
  },
  {
    breaks: "a copied row does not release a parked key",
    file: `${LANES}parking.ts`,
    from: "(isCopy(item) || keysOf(item)",
    to: "(keysOf(item)",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "a dead letter that was stored twice is replayed twice",
    file: `${LANES}parking.ts`,
    from: "      if (ids.has(letter.id)) continue;\n",
    to: "",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "dead letters are deleted before their replay is durable",
    file: `${LANES}parking.ts`,
    from: "    await writer.flushAll();\n",
    to: "",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "a rejected change is lost while its key is released",
    file: `${LANES}parking.ts`,
    from: 'return reason === "behind" &&\n      (isCopy',
    to: "return (isCopy",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "dead letters of another destination park a key and are replayed",
    file: `${LANES}letters.ts`,
    from: "      if (letter.destination === name) yield letter;\n",
    to: "      yield letter;\n",
    tests: [DEAD_LETTERS],
  },
  {
    breaks:
      "a key that is rejected again during its release loses its dead letters",
    file: `${LANES}parking.ts`,
    from: "      for (const key of keys) this.#passing.delete(key);\n",
    to: "",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "the number of parked keys is unlimited",
    file: `${LANES}parking.ts`,
    from: "if (this.#groups.size <= maxParkedKeys) return;",
    to: "if (maxParkedKeys >= 0) return;",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "a request after the end never settles",
    file: `${LANES}parking.ts`,
    from: "    if (this.#options.writer.isOver) this.#rejectTasks();\n",
    to: "",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "a released key stays parked",
    file: `${LANES}parking.ts`,
    from: "    this.#groups.remove(free);\n",
    to: "",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "two keys that an update connects are parked separately",
    file: `${LANES}key_groups.ts`,
    from: "keys.flatMap((key) => this.groupOf(key))",
    to: "keys",
    tests: [DEAD_LETTERS],
  },
  {
    breaks: "a failed write is repeated while later ones are in flight",
    file: `${LANES}sequence_scheduler.ts`,
    from:
      "    if (this.#open.some(({ written }) => written === null)) return;\n",
    to: "",
    tests: [ORDERED],
  },
  {
    breaks: "writes after a failed one are not repeated",
    file: `${LANES}sequence_scheduler.ts`,
    from:
      "this.#queue.unshift([...rest, ...later.flatMap(({ items }) => items)]);",
    to: "this.#queue.unshift(rest);",
    tests: [ORDERED],
  },
  {
    breaks: "writes after a refused batch are not repeated",
    file: `${LANES}sequence_scheduler.ts`,
    from:
      "this.#queue.unshift([...items, ...later.flatMap(({ items }) => items)]);",
    to: "this.#queue.unshift(items);",
    tests: [REFUSED_BATCH],
  },
  {
    breaks: "other writes are in flight while a refused change is searched for",
    file: `${LANES}sequence_scheduler.ts`,
    from: "(this.#search ? 1 : this.#concurrency)",
    to: "this.#concurrency",
    tests: [REFUSED_BATCH],
  },
  {
    breaks:
      "the search for a refused change goes on after its batch has passed",
    file: `${LANES}sequence_scheduler.ts`,
    from:
      "if (this.#search && items.includes(this.#search.last)) this.#search = null;",
    to: "",
    tests: [REFUSED_BATCH],
  },
  {
    breaks: "only the second half of a large transaction is repeated",
    file: `${LANES}transaction_scheduler.ts`,
    from: "failures > 0 ? this.#written ?? [] : []",
    to: "[]",
    tests: [ORDERED],
  },
  {
    breaks: "a transaction of any size is kept in memory",
    file: `${LANES}transaction_scheduler.ts`,
    from: "all.length <= items && size <= bytes ? all : null",
    to: "all",
    tests: [ORDERED],
  },
  {
    breaks: "delays between attempts at a write do not grow",
    file: `${LANES}retry_delay.ts`,
    from: "Math.min(failures - 1, 30)",
    to: "0",
    tests: [LANE],
  },
  {
    breaks: "a stream of large rows has no backpressure",
    file: `${LANES}pending.ts`,
    from: " || this.#bytes >= this.#limit.bytes",
    to: "",
    tests: [DELIVER],
  },
];
