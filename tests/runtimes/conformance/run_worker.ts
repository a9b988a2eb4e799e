// Runs the suite in a Worker, which gets its parameters by POST.
import { connect } from "../../../src/replication_mod.ts";
import { dial, environment, subscribe } from "../../../src/workers.ts";
import type { Outcome } from "./context.ts";
import { runSuite } from "./run_suite.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const outcomes: Outcome[] = [];
    await runSuite({
      ...await request.json(),
      connect: (connection, options) =>
        connect(connection, { dial, environment, ...options }),
      subscribe,
      dial,
      environment,
      memory: () => null,
    }, (outcome) => void outcomes.push(outcome));
    return Response.json(outcomes);
  },
};
