import type { Block } from "./blocks.ts";
import type { Runtime } from "./substitutions.ts";

/** The folder of a command: an empty one, the clone in it, or a project beside the clone. */
export type Folder = "home" | "clone" | "project";

/** The action that a new user takes with a block. */
export type Action =
  /** Runs it in a terminal, and waits for its end, or interrupts it after a certain output. */
  | {
    readonly kind: "shell";
    readonly in: Folder;
    /** The output after which it is interrupted; without one, it ends by itself. */
    readonly until?: RegExp;
    /** Whether a row is inserted once the command follows the database. */
    readonly insert?: boolean;
    /** The runtimes that it is for; all by default. */
    readonly runtimes?: readonly Runtime[];
  }
  /** Runs the line that is for the runtime. */
  | { readonly kind: "line"; readonly in: Folder }
  /** Starts the line that is for the runtime, and keeps it running during the next blocks. */
  | { readonly kind: "start"; readonly in: Folder }
  /** Starts a server instead of a container. */
  | { readonly kind: "server" }
  /** Sends it to the database; first ends the started program if `ends` is set. */
  | { readonly kind: "sql"; readonly ends?: boolean }
  /** Saves it as a file of the project. */
  | { readonly kind: "save"; readonly as: string }
  /** Saves it as a program, runs it, inserts a row, and waits for the effect. */
  | {
    readonly kind: "program";
    /** The output that the row causes, or the folder into which the program then writes. */
    readonly gives: RegExp | string;
    /** Whether the program starts before the server. */
    readonly first?: boolean;
  }
  /** Waits until the started program prints it. */
  | { readonly kind: "output" }
  /** Checks its syntax, and runs nothing. */
  | { readonly kind: "parse"; readonly why: string };

/** A block of a page, the text that identifies it, and the action to take. */
export interface Step {
  /** The page. */
  readonly page: string;
  /** A piece of its code that no other block has. */
  readonly code: string;
  /** The action to take. */
  readonly action: Action;
}

const README = "README.md";
const CONCEPTS = "docs/concepts.md";
const GUIDES = "docs/guides.md";
const DEPLOY = "docs/deploy.md";
const NO_CONTAINERS = "builds or runs containers";

/** The pages, in the order in which they are read. */
export const PAGES: readonly string[] = [
  README,
  CONCEPTS,
  GUIDES,
  DEPLOY,
];

/** The actions for all blocks of {@linkcode PAGES}. */
export const STEPS: readonly Step[] = [
  {
    page: README,
    code: "git clone",
    action: { kind: "shell", in: "home", until: /\binsert\b/ },
  },
  {
    page: README,
    code: "deno add jsr:@walbrook/walbrook",
    action: { kind: "line", in: "project" },
  },
  { page: README, code: "docker run", action: { kind: "server" } },
  { page: README, code: "CREATE TABLE orders", action: { kind: "sql" } },
  {
    page: README,
    code: "import { FileCheckpointStore }",
    action: { kind: "save", as: "main.ts" },
  },
  {
    page: README,
    code: "deno run -A main.ts",
    action: { kind: "start", in: "project" },
  },
  { page: README, code: "INSERT INTO orders", action: { kind: "sql" } },
  { page: README, code: "insert 1n Ada", action: { kind: "output" } },
  {
    page: README,
    code: "pg_drop_replication_slot",
    action: { kind: "sql", ends: true },
  },
  {
    page: README,
    code: "examples/tail.ts postgres://",
    action: {
      kind: "shell",
      in: "clone",
      until: /insert +orders/,
      insert: true,
    },
  },
  {
    page: README,
    code: "npx deno task test",
    action: { kind: "parse", why: "takes many minutes" },
  },
  { page: CONCEPTS, code: "CREATE PUBLICATION", action: { kind: "sql" } },
  {
    page: GUIDES,
    code: "npm install --prefix examples",
    action: { kind: "shell", in: "clone", runtimes: ["node", "bun"] },
  },
  {
    page: GUIDES,
    code: 'console.log("invalidated", name);',
    action: { kind: "program", gives: /invalidated public\.orders\/\d+/ },
  },
  {
    page: GUIDES,
    code: "examples/search_index.ts postgres://",
    action: { kind: "shell", in: "clone", until: /public\.orders is copied/ },
  },
  {
    page: GUIDES,
    code: "examples/search_index.ts --search",
    action: { kind: "shell", in: "clone" },
  },
  {
    page: GUIDES,
    code: "mod.ts serve postgres://",
    action: { kind: "shell", in: "clone", until: /127\.0\.0\.1:\d+/ },
  },
  ...["outbox", "webhook", "replica"].map((name): Step => ({
    page: GUIDES,
    code: `deno run -A examples/${name}.ts`,
    action: { kind: "shell", in: "clone" },
  })),
  {
    page: GUIDES,
    code: "ndjsonFiles({ folder:",
    action: { kind: "program", gives: "audit" },
  },
  { page: GUIDES, code: "pg_logical_emit_message", action: { kind: "sql" } },
  {
    page: DEPLOY,
    code: "console.log(event.kind)",
    action: { kind: "program", gives: /insert\ncommit/, first: true },
  },
  {
    page: DEPLOY,
    code: "createServer(nodeListener(service.fetch))",
    action: { kind: "program", gives: "log", first: true },
  },
  ...["denoland/deno", "FROM node", "services:", "kind: Deployment"].map((
    code,
  ): Step => ({
    page: DEPLOY,
    code,
    action: { kind: "parse", why: NO_CONTAINERS },
  })),
  {
    page: DEPLOY,
    code: "[Service]",
    action: { kind: "parse", why: "installs a service" },
  },
];

/**
 * Finds the action for each block.
 *
 * @param blocks The blocks of {@linkcode PAGES}, in order.
 * @param steps The actions, each with its block.
 * @throws {Error} If a block has no step or two, or a step has no block.
 */
export function planOf(
  blocks: readonly Block[],
  steps: readonly Step[],
): readonly (readonly [block: Block, action: Action])[] {
  const used = new Set<Step>();
  const plan = blocks.map((block) => {
    const found = steps.filter(({ page, code }) =>
      page === block.page && block.code.includes(code)
    );
    const [step] = found;
    if (step === undefined || found.length > 1 || used.has(step)) {
      throw new Error(
        `Cannot tell what to do with the block at ${block.page}:${block.line}: ${
          step === undefined
            ? "it has no step"
            : "another step or block has the same code"
        }`,
      );
    }
    used.add(step);
    return [block, step.action] as const;
  });
  const idle = steps.find((step) => !used.has(step));
  if (idle === undefined) return plan;
  throw new Error(
    `Cannot find the block with "${idle.code}" in ${idle.page}: remove its step, or correct its piece of code`,
  );
}

/**
 * Chooses the line of a block that is for a runtime, such as `bun add walbrook`.
 *
 * @param code The block's code.
 * @param runtime The runtime.
 * @throws {Error} If the block has no such line.
 */
export function lineFor(code: string, runtime: Runtime): string {
  const begins = { deno: /^deno /, node: /^(node|npm) /, bun: /^bun / };
  const line = code.split("\n").find((one) => begins[runtime].test(one));
  if (line === undefined) {
    throw new Error(`Cannot find a line for ${runtime} in\n${code}`);
  }
  return line;
}
