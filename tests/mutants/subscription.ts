import type { Mutant } from "./mutant.ts";

const SUBSCRIPTION = "src/subscription/";
const LINK = `${SUBSCRIPTION}link/`;
const VIEWS = `${SUBSCRIPTION}views/`;
const TESTS = "tests/subscription/";
const SUPERVISOR_TEST = `${TESTS}supervisor_test.ts`;

/** The mutants of `src/subscription/`, and of the code that recognizes temporary errors. */
export const SUBSCRIPTION_MUTANTS: readonly Mutant[] = [
  {
    breaks:
      "acknowledgements have no effect after 1,000 completed transactions",
    file: `${LINK}ledger.ts`,
    from: "entries.slice(this.#head);\n      this.#head = 0;\n",
    to: "entries.slice(this.#head);\n",
    tests: [`${TESTS}link/ledger_test.ts`],
  },
  {
    breaks:
      "a gap after a reconnection starts beyond the last delivered position",
    file: `${LINK}ledger.ts`,
    from: "    this.#seen = this.#confirmed;\n",
    to: "",
    tests: [`${TESTS}link/ledger_test.ts`],
  },
  {
    breaks: "a gap reports a position before the last rows",
    file: `${LINK}event_reader.ts`,
    from: "    tracker.noteLatest();\n    this.#last",
    to: "    this.#last",
    tests: [`${TESTS}link/event_reader_test.ts`],
  },
  {
    breaks: "the iterator returns events after return()",
    file: `${VIEWS}event_iterator.ts`,
    from: "    if (this.#done) return await this.return();\n",
    to: "",
    tests: [`${TESTS}views/event_iterator_test.ts`],
  },
  {
    breaks: "a transaction of exactly maxBytes is refused",
    file: `${VIEWS}transaction.ts`,
    from: "this.#bytes > this.#maxBytes",
    to: "this.#bytes >= this.#maxBytes",
    tests: [`${TESTS}views/whole_transaction_test.ts`],
  },
  {
    breaks: "delays between attempts do not grow",
    file: `${SUBSCRIPTION}retry.ts`,
    from: "initialDelayMs * 2 ** failures",
    to: "initialDelayMs",
    tests: [`${TESTS}retry_test.ts`],
  },
  {
    breaks: "clients may reconnect without a delay",
    file: `${SUBSCRIPTION}retry.ts`,
    from: "0.5 + random / 2",
    to: "random",
    tests: [`${TESTS}retry_test.ts`],
  },
  {
    breaks: "one attempt more than maxAttempts is made",
    file: `${SUBSCRIPTION}retry.ts`,
    from: "failures >= maxAttempts",
    to: "failures > maxAttempts",
    tests: [`${TESTS}retry_test.ts`],
  },
  {
    breaks: "links that always break do not count as failed attempts",
    file: `${SUBSCRIPTION}failure_history.ts`,
    from: "isUseless ? this.#uselessLinks + 1 : 0",
    to: "0",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a link that delivered events counts as a failed attempt",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "        this.#isUseful = true;\n",
    to: "",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "events of a failed link are delivered twice",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "this.#filter.dropDelivered(wanted)",
    to: "wanted",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "an error that repeats is retried more often than documented",
    file: `${SUBSCRIPTION}failure_history.ts`,
    from: "this.#repeats >= MAX_REPEATS",
    to: "this.#repeats > MAX_REPEATS",
    tests: [`${TESTS}failure_history_test.ts`],
  },
  {
    breaks: "a server that crashes is contacted again without the longer delay",
    file: `${SUBSCRIPTION}failure_history.ts`,
    from: "return maxDelayMs * 2 ** Math.min(suspected, 1);",
    to: "return usual;",
    tests: [`${TESTS}failure_history_test.ts`],
  },
  {
    breaks: "errors with progress in between end the subscription",
    file: `${SUBSCRIPTION}failure_history.ts`,
    from:
      "    if (isFurther || hasMore || wasUseful || isLate) this.#forgetError();\n",
    to: "",
    tests: [`${TESTS}failure_history_test.ts`],
  },
  {
    breaks: "a server stays suspected of crashing although a link got further",
    file: `${SUBSCRIPTION}failure_history.ts`,
    from: "    if (isFurther || hasMore || !brokeOff) this.#forgetCrashes();\n",
    to: "",
    tests: [`${TESTS}failure_history_test.ts`],
  },
  {
    breaks:
      "a network that breaks links at any point is mistaken for a crashing server",
    file: `${SUBSCRIPTION}failure_history.ts`,
    from: "this.#isCrashing || received >= 0;",
    to: "true;",
    tests: [`${TESTS}failure_history_test.ts`],
  },
  {
    breaks:
      "a subscription ends because an administrator ends its idle link now and then",
    file: `${SUBSCRIPTION}failure_history.ts`,
    from: "isLate) this.#forgetError",
    to: "false) this.#forgetError",
    tests: [`${TESTS}failure_history_test.ts`],
  },
  {
    breaks: "the first connection is retried although retry.first is not set",
    file: `${SUBSCRIPTION}reconnection.ts`,
    from: "retry?.first === true && isRetryable(failure)",
    to: "isRetryable(failure)",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks:
      "subscribe() waits for a slot in use although the options do not say so",
    file: `${SUBSCRIPTION}reconnection.ts`,
    from: "? wait\n      :",
    to: "? true\n      :",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks:
      "a standby instance notices the release of its slot half a minute late",
    file: `${SUBSCRIPTION}reconnection.ts`,
    from: "retryDelayMs(failures, SLOT_WAIT, Math.random())",
    to: "Infinity",
    tests: [`${TESTS}retry_test.ts`],
  },
  {
    breaks:
      "a full disk ends a subscription that could continue without temporary files",
    file: `${SUBSCRIPTION}reconnection.ts`,
    from: "pgoutput: { ...pgoutput, streaming: false },",
    to: "pgoutput,",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a subscription continues although its temporary slot is gone",
    file: `${SUBSCRIPTION}reconnection.ts`,
    from: "else if (retry === null || isTemporary) throw error;",
    to: "else if (retry === null) throw error;",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a refused login is reported as an undecodable change",
    file: `${SUBSCRIPTION}reconnection.ts`,
    from: "error instanceof PostgresError && !isRefusedLogin(error)",
    to: "error instanceof PostgresError",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "events that were dropped with a lost link are never delivered",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "this.#filter.takeBack(this.#drop());",
    to: "this.#drop();",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a link that opens after close() stays open",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "      await link.close();\n      return false;\n",
    to: "      return false;\n",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "the last events of a stream are never acknowledged",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "return pending === 0 ? this.close()",
    to: "return pending >= 0 ? this.close()",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a subscription that has ended never closes",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "    if (this.#finishing) void this.finish();\n",
    to: "",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks:
      "a reconnection treats everything that the last link decoded as received",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "    ledger.resume();\n",
    to: "",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a change that the server cannot send is requested forever",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "        skip,\n",
    to: "        skip: null,\n",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks:
      "links that fail after a useful one do not count as failed attempts",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "    this.#isUseful = false;\n    this.#setStatus",
    to: "    this.#setStatus",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a stream continues beyond `until` after a reconnection",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "        until: this.#until,\n",
    to: "        until: null,\n",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks:
      "subscribe() leaves a connection open when it is aborted while connecting",
    file: `${SUBSCRIPTION}supervisor.ts`,
    from: "      await opened.link.close();\n      throw error;",
    to: "      throw error;",
    tests: [SUPERVISOR_TEST],
  },
  {
    breaks: "a server that requests a reply gets it too late",
    file: `${LINK}replication_link.ts`,
    from: "      if (message.replyRequested) this.#reporter.answerSoon();\n",
    to: "",
    tests: [`${TESTS}link/replication_link_test.ts`],
  },
  {
    breaks: "close() does not report the last acknowledgements",
    file: `${LINK}replication_link.ts`,
    from: "      await this.#reporter.flush();\n",
    to: "",
    tests: [`${TESTS}link/replication_link_test.ts`],
  },
  {
    breaks: "a checkpoint that cannot be stored causes no error",
    file: `${LINK}replication_link.ts`,
    from: "      this.#events.fail(error);\n",
    to: "",
    tests: [`${TESTS}link/replication_link_test.ts`],
  },
  {
    breaks:
      "a process without a connection delivers events that another may have delivered",
    file: `${LINK}replication_link.ts`,
    from: "      this.#events.lose(this.#readAhead);\n",
    to: "",
    tests: [`${TESTS}link/replication_link_test.ts`],
  },
  {
    breaks: "a link that ends at `until` counts as lost",
    file: `${LINK}replication_link.ts`,
    from: "      if (this.#events.isOver) return;\n",
    to: "",
    tests: [`${TESTS}link/replication_link_test.ts`],
  },
  {
    breaks: "a subscription does not record the gap before its slot",
    file: `${LINK}replication_link.ts`,
    from: "    if (gap !== null) this.ledger.track(gapEnd(gap));\n",
    to: "",
    tests: [`${TESTS}link/replication_link_test.ts`],
  },
  {
    breaks:
      "an outdated composite type is not queried again after a reconnection",
    file: "src/catalog/column_types.ts",
    from: "    this.#askedFor.clear();\n    this.#hasFailed = false;",
    to: "    this.#hasFailed = false;",
    tests: ["tests/catalog/column_types_test.ts"],
  },
  {
    breaks: "a server without free connections ends the subscription",
    file: "src/retryable.ts",
    from: '["08", "40", "53"]',
    to: '["08", "40"]',
    tests: ["tests/retryable_test.ts"],
  },
];
