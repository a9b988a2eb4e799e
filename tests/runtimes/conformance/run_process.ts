// Runs the suite in Node, Bun or Deno, by the library's own choice of sockets.
import { subscribe } from "../../../mod.ts";
import { connect } from "../../../src/replication_mod.ts";
import { bindRuntime } from "../../../src/socket/default_dial.ts";
import { runSuite } from "./run_suite.ts";
import process from "node:process";

const parameters = JSON.parse(process.argv[2] ?? "");
const memory = () => process.memoryUsage().rss;
const { dial, environment } = await bindRuntime({});
let failed = false;
await runSuite(
  { ...parameters, connect, subscribe, dial, environment, memory },
  (outcome) => {
    failed ||= outcome.result === "failed";
    process.stdout.write(JSON.stringify(outcome) + "\n");
  },
);
// The process has to end by itself, with nothing left to wait for; but a case that failed
// may have left something.
if (failed) process.exit();
