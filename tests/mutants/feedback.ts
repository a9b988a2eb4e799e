import type { Mutant } from "./mutant.ts";

const FEEDBACK = "src/feedback/";
const TESTS = "tests/feedback/";

/** The mutants of `src/feedback/`. */
export const FEEDBACK_MUTANTS: readonly Mutant[] = [
  {
    breaks: "a server's shutdown takes ten seconds longer than documented",
    file: `${FEEDBACK}shutdown_monitor.ts`,
    from: "const BEHIND_MS = 450;",
    to: "const BEHIND_MS = 10_000;",
    tests: [`${TESTS}shutdown_monitor_test.ts`],
  },
  {
    breaks:
      "a server that requests a reply while a checkpoint is saved waits for it",
    file: `${FEEDBACK}status_reporter.ts`,
    from: "if (!this.#sending || this.#saving) this.#schedule();",
    to: "if (!this.#sending) this.#schedule();",
    tests: [`${TESTS}status_reporter_test.ts`],
  },
  {
    breaks: "a server counts as dead while its last bytes are in transit",
    file: `${FEEDBACK}liveness_monitor.ts`,
    from: '(state === "waiting" && this.#wasWaiting)',
    to: 'state === "waiting"',
    tests: [`${TESTS}liveness_monitor_test.ts`],
  },
  {
    breaks: "a server that has replied counts as dead at its next silence",
    file: `${FEEDBACK}liveness_monitor.ts`,
    from: '    if (verdict !== "dead") this.#wasWaiting = false;\n',
    to: "",
    tests: [`${TESTS}liveness_monitor_test.ts`],
  },
  {
    breaks: "a short pause of the process closes the link",
    file: `${FEEDBACK}liveness_monitor.ts`,
    from: "pauseMs >= walSenderTimeoutMs",
    to: "pauseMs > 0",
    tests: [`${TESTS}liveness_monitor_test.ts`],
  },
  {
    breaks: "several probes of a silent server run at once",
    file: `${FEEDBACK}liveness_monitor.ts`,
    from: "this.#asking ??= this.#ask()",
    to: "this.#asking = this.#ask()",
    tests: [`${TESTS}liveness_monitor_test.ts`],
  },
  {
    breaks: "a server that replies during a probe counts as dead",
    file: `${FEEDBACK}liveness_monitor.ts`,
    from: '|| this.#judge() !== "dead") return;',
    to: ") return;",
    tests: [`${TESTS}liveness_monitor_test.ts`],
  },
  {
    breaks: "a server that is busy for minutes counts as dead",
    file: `${FEEDBACK}liveness_monitor.ts`,
    from: 'const isDead = state === "gone" ||',
    to: 'const isDead = state !== "waiting" ||',
    tests: [`${TESTS}liveness_monitor_test.ts`],
  },
  {
    breaks: "a silent server counts as dead before it was asked to reply",
    file: `${FEEDBACK}liveness.ts`,
    from: "giveUpAfter: 2 * timeout",
    to: "giveUpAfter: timeout",
    tests: [`${TESTS}liveness_test.ts`, `${TESTS}liveness_monitor_test.ts`],
  },
  {
    breaks: "a slow consumer opens two connections a second",
    file: `${FEEDBACK}shutdown_monitor.ts`,
    from: " && now - this.#askedAt >= ASK_INTERVAL_MS",
    to: "",
    tests: [`${TESTS}shutdown_monitor_test.ts`],
  },
  {
    breaks: "an idle server gets a request for a reply twice a second",
    file: `${FEEDBACK}shutdown_monitor.ts`,
    from: "if (this.#hasData && this.#requests.length === 0)",
    to: "if (this.#requests.length === 0)",
    tests: [`${TESTS}shutdown_monitor_test.ts`],
  },
  {
    breaks: "an early reply hides a late one",
    file: `${FEEDBACK}shutdown_monitor.ts`,
    from: "this.#requests.shift();",
    to: "this.#requests = [];",
    tests: [`${TESTS}shutdown_monitor_test.ts`],
  },
  {
    breaks: "a link is closed for a shutdown after its monitor was stopped",
    file: `${FEEDBACK}shutdown_monitor.ts`,
    from: "await isShuttingDown(signal) && !signal.aborted",
    to: "await isShuttingDown(signal)",
    tests: [`${TESTS}shutdown_monitor_test.ts`],
  },
  {
    breaks:
      "a server with a backlog is not probed while its replies are prompt",
    file: `${FEEDBACK}shutdown_monitor.ts`,
    from: "Math.max(now - oldest, sendLagMs)",
    to: "now - oldest",
    tests: [`${TESTS}shutdown_monitor_test.ts`],
  },
];
