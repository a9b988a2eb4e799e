import manifest from "../../deno.json" with { type: "json" };
import { subscribe } from "@walbrook/walbrook";
import { runDoctor } from "@walbrook/walbrook/doctor";
import { serve, showsToken } from "@walbrook/walbrook/serve";
import type { CommandContext } from "../command/command.ts";
import { listOf, withSchema } from "../command/parse_arguments.ts";
import { tellIfSlow } from "../command/tell_if_slow.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { warnOfUnpublished } from "../tail/unpublished_tables.ts";
import { readSubscription } from "../tail/subscription_argument.ts";
import { oneLine } from "../text/terminal_text.ts";
import { listen } from "./http_server.ts";

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

/** Runs `serve`. */
export async function runServe(context: CommandContext): Promise<void> {
  const { args, host, name } = context;
  const port = readPort(args);
  const hostname = args.value("hostname") ?? "127.0.0.1";
  const token = host.variable("WALBROOK_TOKEN") || undefined;
  if (token === undefined && !LOOPBACK.includes(hostname)) {
    throw new UsageError(
      `Cannot listen at ${hostname} without a secret: set WALBROOK_TOKEN, or leave --hostname out`,
    );
  }
  const { connection, publication, slot, createsSlot, options } =
    await readSubscription(context, args.operands[0], "serve");
  const allowed = listOf(args.values("allow-table"));
  const tables = new Set(allowed.map(withSchema));
  await warnOfUnpublished(context, 0, {
    tables: allowed,
    publications: publication,
  });
  const say = (message: string) => host.tell([`${name}: ${oneLine(message)}`]);
  const opened = subscribe({
    ...options,
    signal: host.stop,
    // Without it the page does not know what the slot retains.
    slotGuard: { onSlotRisk: ({ message }) => say(message) },
  });
  const subscription = createsSlot
    ? await tellIfSlow(host, name, opened)
    : await opened;
  const service = serve(subscription, {
    ...token === undefined ? {} : { token },
    ...tables.size === 0 ? {} : {
      authorize: async (request, table) =>
        tables.has(table) ||
        (token !== undefined && await showsToken(request, token)),
    },
    hosts: listOf(args.values("allow-host")),
    slotName: slot,
    source: { publication: publication.join(", "), version: manifest.version },
    showValues: listOf(args.values("show-values")),
    doctor: () => runDoctor(connection, { publication, slot }),
    onProblem: (error) =>
      say(error instanceof Error ? error.message : `${error}`),
  });
  try {
    const server = await listen(service.fetch, { port, hostname });
    try {
      if (args.flag("json")) {
        await host.write(`${JSON.stringify({ url: server.url, slot })}\n`);
      } else host.tell([`Serving at ${server.url}; Ctrl-C ends`]);
      await untilOver(service.done, host.stop);
    } finally {
      await server.close();
    }
  } finally {
    await service[Symbol.asyncDispose]();
  }
}

async function untilOver(
  done: Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  if (stop.aborted) return;
  await new Promise<void>((resolve, reject) => {
    stop.addEventListener("abort", () => resolve(), { once: true });
    done.then(resolve, reject);
  });
}

function readPort(args: ParsedArguments): number {
  const text = args.value("port") ?? "8080";
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port "${text}" is not a port`);
}
