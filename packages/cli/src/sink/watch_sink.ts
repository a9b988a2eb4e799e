import type { Sink, SinkReport } from "@walbrook/walbrook/sink";
import type { CommandContext } from "../command/command.ts";
import { secondsOf } from "../command/parse_arguments.ts";
import { spanText } from "../text/units.ts";

const REPORT_SECONDS = 10;

/** Reports on a sink until it ends; Ctrl-C closes it cleanly. */
export async function watchSink(
  sink: Sink,
  context: CommandContext,
): Promise<void> {
  const { args, host } = context;
  const reportMs = secondsOf(args, "report", REPORT_SECONDS);
  const close = () => void sink.close().catch(() => {});
  host.stop.addEventListener("abort", close);
  if (host.stop.aborted) close();
  const timer = reportMs > 0
    ? setInterval(() => void tell(sink.report(), context), reportMs)
    : undefined;
  try {
    await sink.done;
  } finally {
    clearInterval(timer);
    host.stop.removeEventListener("abort", close);
    await tell(sink.report(), context);
  }
}

async function tell(
  report: SinkReport,
  { args, host }: CommandContext,
): Promise<void> {
  if (args.flag("json")) {
    return await host.write(`${JSON.stringify(report)}\n`).catch(() => {});
  }
  host.tell(report.destinations.map((one) => {
    const { name, delivered, pending, oldestPendingMs, deadLetters } = one;
    const oldest = oldestPendingMs === null
      ? ""
      : `, the oldest for ${spanText(oldestPendingMs)}`;
    return `${name}: ${delivered} delivered, ${pending} pending${oldest}${
      deadLetters === 0 ? "" : `, ${deadLetters} dead letters`
    }`;
  }));
}
