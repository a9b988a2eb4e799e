/** One small change that breaks the library, and the tests that have to notice. */
export interface Mutant {
  /** What it breaks, for a user. */
  readonly breaks: string;
  /** The file of `src/` that it changes. */
  readonly file: string;
  /** What it replaces. It stands in the file exactly once. */
  readonly from: string;
  /** What it puts there. */
  readonly to: string;
  /** The tests that are run with it. */
  readonly tests: readonly string[];
}

const LINK = "src/subscription/link/";
const LINK_TESTS = "tests/subscription/link/";
const VIEWS = "src/subscription/views/";
const VIEWS_TESTS = "tests/subscription/views/";

/** The mutants that `deno task mutants` plants, one after the other. */
export const MUTANTS: readonly Mutant[] = [
  {
    breaks: "acknowledgements are not found after 1,000 settled transactions",
    file: `${LINK}ledger.ts`,
    from: "entries.slice(this.#head);\n      this.#head = 0;\n",
    to: "entries.slice(this.#head);\n",
    tests: [`${LINK_TESTS}ledger_test.ts`],
  },
  {
    breaks: "a gap after a reconnection begins beyond what was delivered",
    file: `${LINK}ledger.ts`,
    from: "    this.#seen = this.#confirmed;\n",
    to: "",
    tests: [`${LINK_TESTS}ledger_test.ts`],
  },
  {
    breaks: "a message in a gap stands before the last rows",
    file: `${LINK}event_reader.ts`,
    from: "    this.#tracker.noteLatest();\n    this.#last",
    to: "    this.#last",
    tests: [`${LINK_TESTS}event_reader_test.ts`],
  },
  {
    breaks: "events are handed out after return()",
    file: `${VIEWS}event_iterator.ts`,
    from: "    if (this.#done) return await this.return();\n",
    to: "",
    tests: [`${VIEWS_TESTS}event_iterator_test.ts`],
  },
  {
    breaks: "a transaction of exactly maxBytes is refused",
    file: `${VIEWS}transaction.ts`,
    from: "this.#bytes > this.#maxBytes",
    to: "this.#bytes >= this.#maxBytes",
    tests: [`${VIEWS_TESTS}whole_transaction_test.ts`],
  },
  {
    breaks: "a shutdown takes ten seconds longer than promised",
    file: "src/feedback/shutdown_monitor.ts",
    from: "const BEHIND_MS = 450;",
    to: "const BEHIND_MS = 10_000;",
    tests: ["tests/feedback/shutdown_monitor_test.ts"],
  },
  {
    breaks:
      "a server that asks while a checkpoint is saved waits for its answer",
    file: "src/feedback/status_reporter.ts",
    from: "if (!this.#sending || this.#saving) this.#schedule();",
    to: "if (!this.#sending) this.#schedule();",
    tests: ["tests/feedback/status_reporter_test.ts"],
  },
  {
    breaks: "a stale composite is not asked for again after a reconnection",
    file: "src/catalog/column_types.ts",
    from: "    this.#askedFor.clear();\n    this.#hasFailed = false;",
    to: "    this.#hasFailed = false;",
    tests: ["tests/catalog/column_types_test.ts"],
  },
  {
    breaks: "a server that is full ends the subscription",
    file: "src/retryable.ts",
    from: '["08", "40", "53"]',
    to: '["08", "40"]',
    tests: ["tests/retryable_test.ts"],
  },
  {
    breaks: "pauses between attempts do not grow",
    file: "src/subscription/retry.ts",
    from: "initialDelayMs * 2 ** failures",
    to: "initialDelayMs",
    tests: ["tests/subscription/retry_test.ts"],
  },
  {
    breaks: "clients may come back without a pause",
    file: "src/subscription/retry.ts",
    from: "0.5 + random / 2",
    to: "random",
    tests: ["tests/subscription/retry_test.ts"],
  },
  {
    breaks: "one attempt more than maxAttempts is made",
    file: "src/subscription/retry.ts",
    from: "failures >= maxAttempts",
    to: "failures > maxAttempts",
    tests: ["tests/subscription/retry_test.ts"],
  },
  {
    breaks: "links that break each time never count as attempts",
    file: "src/subscription/failure_history.ts",
    from: "isUseless ? this.#uselessLinks + 1 : 0",
    to: "0",
    tests: ["tests/subscription/supervisor_test.ts"],
  },
  {
    breaks: "a link that was of use counts as one that failed",
    file: "src/subscription/supervisor.ts",
    from: "        this.#isUseful = true;\n",
    to: "",
    tests: ["tests/subscription/supervisor_test.ts"],
  },
  {
    breaks: "what a failed link had sent is delivered twice",
    file: "src/subscription/supervisor.ts",
    from: "this.#cursor.dropDelivered(wanted)",
    to: "wanted",
    tests: ["tests/subscription/supervisor_test.ts"],
  },
];
