import { resolveImport } from "./import_graph.ts";
import { readSource, type SourceText } from "./source_text.ts";

const LEAVES = ["lsn", "xid", "timestamp", "errors", "sqlstate", "unchanged"];

/**
 * Which part of `src/` may import which others: a folder, or a file right
 * under `src/` without its ending. What is not listed may not be imported.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  sqlstate: [],
  lsn: ["errors"],
  timestamp: ["errors"],
  timestamp_text: ["timestamp"],
  unchanged: [],
  xid: [],
  deadline: [],
  pause: [],
  shortest_pause: [],
  warning: [],
  retryable: ["errors", "sqlstate"],
  events: [...LEAVES],
  feedback: [...LEAVES, "warning"],
  bytes: [...LEAVES],
  socket: [...LEAVES],
  values: [...LEAVES, "bytes"],
  wire: [...LEAVES, "bytes", "socket"],
  pgoutput: [...LEAVES, "bytes"],
  output_plugin: [...LEAVES, "bytes", "values", "pgoutput"],
  test_decoding: [
    ...LEAVES,
    ...["timestamp_text", "bytes", "pgoutput", "output_plugin"],
  ],
  wal2json: [
    ...LEAVES,
    ...["timestamp_text", "bytes", "pgoutput", "output_plugin"],
  ],
  connection: [...LEAVES, "socket"],
  login: [...LEAVES, "deadline", "bytes", "socket", "wire", "connection"],
  session: [
    ...LEAVES,
    ...["deadline", "bytes", "socket", "wire", "connection", "login"],
    "shortest_pause",
  ],
  replication: [...LEAVES, "bytes", "socket", "wire", "session"],
  reassembly: [
    ...LEAVES,
    "deadline",
    ...["bytes", "socket", "pgoutput", "output_plugin", "replication"],
  ],
  rows: [
    ...LEAVES,
    "warning",
    ...["bytes", "values", "pgoutput", "replication", "events"],
  ],
  catalog: [
    ...LEAVES,
    "warning",
    ...["deadline", "retryable", "socket", "values", "pgoutput", "connection"],
    ...["session", "replication", "output_plugin", "events", "rows"],
  ],
  assembly: [
    ...LEAVES,
    "warning",
    ...["bytes", "values", "pgoutput", "replication", "output_plugin"],
    ...["events", "rows", "catalog"],
  ],
  snapshot: [
    ...LEAVES,
    ...["deadline", "pause"],
    ...["bytes", "socket", "values", "pgoutput", "connection", "session"],
    ...["replication", "reassembly", "events", "rows", "catalog", "assembly"],
  ],
  preflight: [
    ...LEAVES,
    ...["deadline", "warning", "snapshot"],
    ...["pgoutput", "session", "replication", "events", "catalog"],
  ],
  subscription: [
    ...LEAVES,
    "warning",
    ...["deadline", "retryable", "bytes", "socket", "values", "connection"],
    ...["session", "replication", "output_plugin", "reassembly", "events"],
    ...["rows", "catalog", "assembly", "feedback", "preflight"],
    ...["snapshot", "pause", "shortest_pause"],
  ],
  wal: [...LEAVES, "session", "replication", "feedback"],
  encode: [...LEAVES, "values", "events"],
  stages: [...LEAVES, "values", "events", "encode"],
  sink: [...LEAVES, "pause", "events", "preflight", "encode", "stages"],
  webhook: [...LEAVES, "deadline", "encode", "sink"],
  checkpoint: [...LEAVES, "socket", "preflight"],
  files: [...LEAVES, "socket", "events", "encode", "sink"],
  apply: [
    ...LEAVES,
    ...["values", "events", "catalog", "preflight", "encode", "sink"],
  ],
  log: [...LEAVES, "warning", "events", "rows", "subscription", "sink"],
  metrics: [...LEAVES, "events", "snapshot", "subscription", "sink"],
  doctor: [
    ...LEAVES,
    ...["deadline", "socket", "connection", "session", "catalog"],
  ],
  router: [...LEAVES, "values", "events", "encode", "preflight", "sink"],
  typegen: [
    ...LEAVES,
    ...["deadline", "socket", "values", "connection", "replication"],
    ...["events", "catalog"],
  ],
  testing: [
    ...LEAVES,
    ...["deadline", "bytes", "socket", "session", "events", "catalog"],
    ...["snapshot", "preflight", "subscription"],
  ],
  serve: [
    ...LEAVES,
    ...["timestamp_text", "events", "catalog", "snapshot", "subscription"],
    ...["encode", "sink", "doctor", "metrics"],
  ],
  client: [],
  typed_mod: ["events", "subscription"],
  replication_mod: [
    ...[
      "errors",
      "connect",
      "catalog",
      "connection",
      "output_plugin",
      "replication",
    ],
    ...["session", "wire"],
  ],
  connect: [
    ...LEAVES,
    "deadline",
    "socket",
    "connection",
    "session",
    "replication",
  ],
  subscribe: [
    ...LEAVES,
    ...[
      "socket",
      "session",
      "replication",
      "events",
      "subscription",
      "snapshot",
    ],
  ],
  workers: [
    ...LEAVES,
    ...[
      "socket",
      "session",
      "replication",
      "events",
      "preflight",
      "subscription",
      "snapshot",
    ],
  ],
};

/** The parts that choose a runtime's `dial`; others know sockets by shape only. */
const BINDERS = [
  "connect",
  "subscribe",
  "workers",
  "files",
  "doctor",
  "typegen",
  "checkpoint",
];
const SOCKET_SHAPE = "src/socket/socket.ts";
const LONGEST = 350;

/** The names that Node 20 lacks, or that belong to one runtime: `src/` may not use them. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bconsole\s*\./, "console"],
  [/\b(?:await\s+)?using\s+[\w$]+\s*=/, "using"],
  [/\bPromise\s*\.\s*withResolvers\b/, "Promise.withResolvers"],
  [/\bPromise\s*\.\s*try\b/, "Promise.try"],
  [/\bArray\s*\.\s*fromAsync\b/, "Array.fromAsync"],
  [/\bUint8Array\s*\.\s*from(?:Hex|Base64)\b/, "Uint8Array.fromHex/fromBase64"],
  [/\.\s*(?:toHex|toBase64|setFromHex|setFromBase64)\s*\(/, "toHex/toBase64"],
  [/\b(?:Object|Map)\s*\.\s*groupBy\b/, "groupBy"],
  [/\bIterator\s*\.\s*from\b/, "Iterator.from"],
  [/\bRegExp\s*\.\s*escape\b/, "RegExp.escape"],
  [/\bError\s*\.\s*isError\b/, "Error.isError"],
  [/\bTemporal\s*\./, "Temporal"],
];

const RUNTIMES: readonly (readonly [RegExp, string])[] = [
  [/\bDeno\b/, "Deno"],
  [/\bBun\b/, "Bun"],
  [/(?<![.\w$])process\s*\./, "process"],
  [/(?<![.\w$])Buffer\b/, "Buffer"],
  [/(?<![.\w$])require\s*\(/, "require"],
  [/\b__(?:dir|file)name\b/, "__dirname"],
];

/**
 * Checks one file of the package against the rules about who may import whom
 * and what `src/` may name.
 *
 * @param path Its path from the repository's root: `mod.ts` or `src/…`.
 * @param source Its content.
 * @returns One line for each rule that it breaks.
 */
export function findViolations(path: string, source: string): string[] {
  const text = readSource(source);
  const found = [
    ...checkLength(source),
    ...checkModuleList(path, text),
    ...checkNames(path, text),
    ...text.specifiers.flatMap((one) => checkImport(path, one) ?? []),
    ...(text.importsComputed ? ["imports a computed specifier"] : []),
  ];
  return found.map((violation) => `${path}: ${violation}`);
}

function checkLength(source: string): string[] {
  const lines = source.trimEnd().split("\n").length;
  return lines > LONGEST ? [`has ${lines} lines, more than ${LONGEST}`] : [];
}

/** A `mod.ts` is a list of names: nothing but `export { … } from "…"` and `export * as … from "…"`. */
function checkModuleList(path: string, { code }: SourceText): string[] {
  if (!/(^|\/|_)mod\.ts$/.test(path)) return [];
  const rest = code.replaceAll(
    /\bexport\s+(?:(?:type\s+)?\{[^}]*\}|\*\s*as\s+\w+)\s*from\s*(["'])[^"']*\1\s*;/g,
    "",
  ).trim();
  return rest
    ? [`holds more than named re-exports: ${rest.split("\n")[0]}`]
    : [];
}

function checkNames(path: string, { bare }: SourceText): string[] {
  const banned = path.startsWith("src/socket/")
    ? BANNED
    : [...BANNED, ...RUNTIMES];
  return banned
    .filter(([pattern]) => pattern.test(bare))
    .map(([, name]) => `names ${name}`);
}

function checkImport(path: string, specifier: string): string | undefined {
  if (!/^\.{1,2}\//.test(specifier)) {
    return path.startsWith("src/socket/") &&
        /^(node|cloudflare):/.test(specifier)
      ? undefined
      : `imports "${specifier}", which is not a file of this package`;
  }
  if (!specifier.endsWith(".ts")) {
    return `imports "${specifier}" without its ending`;
  }
  const target = resolveImport(path, specifier);
  if (path === "mod.ts") return undefined;
  if (!target.startsWith("src/")) {
    return `imports "${target}" from outside src/`;
  }
  const from = partOf(path);
  const to = partOf(target);
  const allowed = MAY_IMPORT[from];
  if (!allowed) return `is in "${from}", which has no line in MAY_IMPORT`;
  if (from === to) return undefined;
  if (!allowed.includes(to)) return `imports "${target}": ${from} may not`;
  return to === "socket" && target !== SOCKET_SHAPE && !BINDERS.includes(from)
    ? `imports "${target}": ${from} may know ${SOCKET_SHAPE} only`
    : undefined;
}

/**
 * Finds the ways from one file to a module that it must not reach, over static,
 * dynamic and type-only imports alike.
 *
 * @param sources The content of every file, by path.
 * @param entry Where to start.
 * @returns One line for each file on the way that names a `cloudflare:` module.
 */
export function findCloudflare(
  sources: ReadonlyMap<string, string>,
  entry: string,
): string[] {
  const seen = new Set([entry]);
  const found: string[] = [];
  for (const path of seen) {
    for (const one of readSource(sources.get(path) ?? "").specifiers) {
      if (one.startsWith("cloudflare:")) {
        found.push(`${path}: imports "${one}", and is reached from ${entry}`);
      } else if (one.startsWith(".")) seen.add(resolveImport(path, one));
    }
  }
  return found;
}

function partOf(path: string): string {
  return path.split("/")[1]?.replace(/\.ts$/, "") ?? "";
}
