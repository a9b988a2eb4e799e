import {
  doctorExitCode,
  doctorJson,
  doctorText,
  type Provider,
  PROVIDER_NAMES,
  runDoctor,
} from "@walbrook/walbrook/doctor";
import type { CommandContext } from "../command/command.ts";
import { listOf } from "../command/parse_arguments.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { requireConnection } from "../database/connection_argument.ts";

/** Runs `doctor`. */
export async function runDoctorCommand(
  { args, host }: CommandContext,
): Promise<number> {
  const provider = readProvider(args);
  const connection = requireConnection(args.operands[0], host.variable);
  const slot = args.value("slot");
  const plugin = args.value("plugin");
  const report = await runDoctor(connection, {
    publication: listOf([args.value("publication") ?? ""]),
    signal: host.stop,
    ...slot === undefined ? {} : { slot },
    ...plugin === undefined ? {} : { plugin },
    ...provider === undefined ? {} : { provider },
  });
  if (args.flag("json")) {
    await host.write(`${JSON.stringify(doctorJson(report))}\n`);
  } else if (args.flag("fix-sql")) {
    const fixes = report.findings.flatMap(({ id, severity, fixSql }) =>
      severity === "info" || fixSql === null ? [] : [`-- ${id}\n${fixSql};\n`]
    );
    await host.write(fixes.join(""));
  } else await host.write(doctorText(report));
  return doctorExitCode(report);
}

function readProvider(args: ParsedArguments): Provider | undefined {
  const name = args.value("provider");
  if (name === undefined) return undefined;
  if (Object.hasOwn(PROVIDER_NAMES, name)) return name as Provider;
  throw new UsageError(
    `--provider "${name}" is none of ${Object.keys(PROVIDER_NAMES).join(", ")}`,
  );
}
