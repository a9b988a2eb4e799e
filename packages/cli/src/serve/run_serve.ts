import { subscribe } from "@walbrook/walbrook";
import { runDoctor } from "@walbrook/walbrook/doctor";
import { serve } from "@walbrook/walbrook/serve";
import type { CommandContext } from "../command/command.ts";
import { listOf } from "../command/parse_arguments.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { requireConnection } from "../database/connection_argument.ts";
import { describeStatus } from "../tail/connection_lines.ts";
import { requireSlotAndPublication } from "../tail/missing_options.ts";
import { oneLine } from "../text/terminal_text.ts";
import { listen } from "./http_server.ts";

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

/** Runs `serve`. */
export async function runServe(
  { args, host, name }: CommandContext,
): Promise<void> {
  const connection = requireConnection(args.operands[0], host.variable);
  const publications = listOf([args.value("publication") ?? ""]);
  const temporary = args.flag("temporary");
  const port = readPort(args);
  const hostname = args.value("hostname") ?? "127.0.0.1";
  const token = host.variable("WALBROOK_TOKEN") || undefined;
  if (token === undefined && !LOOPBACK.includes(hostname)) {
    throw new UsageError(
      `Cannot listen at ${hostname} without a secret: set WALBROOK_TOKEN, or leave --hostname out`,
    );
  }
  await requireSlotAndPublication(connection, {
    slot: args.value("slot"),
    ...{ temporary, publications, plugin: "pgoutput" },
  }, host.stop);
  const slot = args.value("slot") ?? `walbrook_serve_${host.processId}`;
  const tables = new Set(
    listOf(args.values("allow-table")).map((one) =>
      one.includes(".") ? one : `public.${one}`
    ),
  );
  const subscription = await subscribe({
    ...connection === undefined ? {} : { connection },
    slot: {
      name: slot,
      create: args.flag("create-slot") || temporary,
      temporary,
    },
    publication: publications,
    signal: host.stop,
    onStatus: (status) =>
      host.tell([describeStatus(status, name) ?? []].flat()),
  });
  const service = serve(subscription, {
    ...token === undefined ? {} : { token },
    ...tables.size === 0
      ? {}
      : { authorize: (_request, table) => tables.has(table) },
    hosts: listOf(args.values("allow-host")),
    showValues: listOf(args.values("show-values")),
    doctor: () => runDoctor(connection, { publication: publications, slot }),
    onProblem: (error) => {
      const message = error instanceof Error ? error.message : `${error}`;
      host.tell([`${name}: ${oneLine(message)}`]);
    },
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
  throw new UsageError(`--port "${text}" is no port`);
}
