import { readSource } from "./source_text.ts";

/** The imports among files or folders: static, dynamic and type-only ones. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads the imports among files.
 *
 * @param sources The content of every file, by path.
 * @returns For each path the paths that it imports.
 */
export function importGraph(
  sources: ReadonlyMap<string, string>,
): ImportGraph {
  const graph = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    // Data, such as deno.json, imports nothing.
    const targets = readSource(source).specifiers
      .filter((specifier) => /^\..*\.ts$/.test(specifier))
      .map((specifier) => resolveImport(path, specifier));
    graph.set(path, new Set(targets));
  }
  return graph;
}

/**
 * Joins the files of each folder to one node. A file right under `src/` is a node of its
 * own.
 */
export function folderGraph(files: ImportGraph): ImportGraph {
  const graph = new Map<string, Set<string>>();
  for (const [path, targets] of files) {
    const from = folderOf(path);
    const found = graph.get(from) ?? new Set();
    graph.set(from, found);
    for (const target of targets) {
      if (folderOf(target) !== from) found.add(folderOf(target));
    }
  }
  return graph;
}

/**
 * Finds circles of imports.
 *
 * @returns One line for each edge that leads back to where it came from, with the way round.
 */
export function findCircles(graph: ImportGraph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  for (const node of graph.keys()) visit(node);
  return found;

  function visit(node: string): void {
    const at = way.indexOf(node);
    if (at >= 0) {
      found.push([...way.slice(at), node].join(" -> "));
      return;
    }
    if (done.has(node)) return;
    way.push(node);
    for (const target of graph.get(node) ?? []) visit(target);
    way.pop();
    done.add(node);
  }
}

/**
 * Finds folders with more files than a reader can take in.
 *
 * @param sources The content of every file, by path.
 * @param most How many files a folder may hold.
 * @returns One line for each folder that holds more.
 */
export function findFullFolders(
  sources: ReadonlyMap<string, string>,
  most: number,
): string[] {
  const counts = new Map<string, number>();
  for (const path of sources.keys()) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > most)
    .map(([folder, count]) => `${folder} holds ${count} files`);
}

/** The path that an import leads to, from the repository's root. */
export function resolveImport(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function folderOf(path: string): string {
  const folder = path.slice(0, path.lastIndexOf("/"));
  return folder === "src" || folder === "" ? path : folder;
}
