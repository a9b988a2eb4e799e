import { subscribe } from "@walbrook/walbrook";
import { deliver } from "@walbrook/walbrook/sink";
import type { CommandContext } from "../command/command.ts";
import { UsageError } from "../command/usage_error.ts";
import { findConnection } from "../database/connection_argument.ts";
import { oneLine } from "../text/terminal_text.ts";
import { loadSinkConfig } from "./load_config.ts";
import { watchSink } from "./watch_sink.ts";

/** Runs `sink`. */
export async function runSink(context: CommandContext): Promise<void> {
  const { args, host, name } = context;
  const path = args.value("config");
  if (path === undefined) throw new UsageError("sink needs --config FILE");
  const until = args.value("until");
  if (until !== undefined && until !== "now") {
    throw new UsageError(`--until "${until}" is not now`);
  }
  const { subscribe: source, to, options = {} } = await loadSinkConfig(path);
  const found = findConnection(args.operands[0], host.variable);
  const given = found.kind === "server" && found.connection !== undefined
    ? { connection: found.connection }
    : {};
  const subscription = await subscribe({
    onStatus: (status) => {
      if (status.state !== "retrying") return;
      const { error } = status;
      const reason = error instanceof Error ? error.message : `${error}`;
      host.tell([`${name}: ${oneLine(reason)}; trying again`]);
    },
    ...source,
    // The command line takes precedence.
    ...args.operands[0] !== undefined || source.connection === undefined
      ? given
      : {},
    ...until === undefined ? {} : { until },
    acknowledge: "manual",
  });
  const sink = deliver(subscription, to, {
    onFailure: ({ destination, attempts, next, error }) => {
      const reason = error instanceof Error ? error.message : `${error}`;
      host.tell([
        `${name}: ${destination} failed ${attempts} times, next: ${next}: ${
          oneLine(reason)
        }`,
      ]);
    },
    ...options,
  });
  await watchSink(sink, context);
}
