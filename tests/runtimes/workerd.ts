import { join } from "node:path";

/** What to run in workerd. */
export interface WorkerdOptions {
  /** The Worker's only module. */
  readonly module: string;
  /** An authority to trust beside the runtime's list, in PEM. */
  readonly trusted: string;
  /**
   * Bindings, in the words of workerd's configuration.
   *
   * @default {""}
   */
  readonly bindings?: string;
  /**
   * Further settings of the Worker, such as its Durable Objects, whose storage can be
   * the service `storage`.
   *
   * @default {""}
   */
  readonly settings?: string;
  /**
   * A module that is served instead of the Worker, which it finds as `env.WORKER`.
   *
   * @default {undefined} the Worker itself is served
   */
  readonly front?: string;
}

/** A running workerd. Disposing it removes all that it had. */
export interface Workerd extends AsyncDisposable {
  /** Where the Worker is served. */
  readonly url: string;
  /** What it wrote to its error output. */
  log(): Promise<string>;
}

const COMPATIBILITY_DATE = "2026-11-01";

/**
 * Runs a Worker in workerd, which may connect to this machine only. There is no
 * compatibility flag: what runs here needs nothing of Node.
 *
 * @param program workerd's path.
 * @param options The Worker.
 */
export async function startWorkerd(
  program: string,
  { module, trusted, bindings = "", settings = "", front }: WorkerdOptions,
): Promise<Workerd> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "worker.js"), module);
  await Deno.writeTextFile(join(folder, "front.js"), front ?? "");
  await Deno.writeTextFile(join(folder, "trusted.pem"), trusted);
  await Deno.mkdir(join(folder, "storage"));
  await Deno.writeTextFile(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "front", worker = .front),
    (name = "storage", disk = (path = ${
      JSON.stringify(join(folder, "storage"))
    }, writable = true)),
    (name = "internet", network = (
      allow = ["local"],
      tlsOptions = (trustBrowserCas = true, trustedCertificates = [embed "trusted.pem"]))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "${
      front === undefined ? "main" : "front"
    }")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [${bindings}],
  ${settings}
);
const front :Workerd.Worker = (
  modules = [(name = "front.js", esModule = embed "front.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "WORKER", service = "main")],
);
`,
  );
  const child = new Deno.Command(program, {
    args: ["serve", "config.capnp", "--control-fd=1", "--experimental"],
    cwd: folder,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  const port = await firstPort(output);
  // What the Worker writes to its console.
  const console = output.pipeTo(new WritableStream());
  return {
    url: `http://127.0.0.1:${port}/`,
    async log() {
      child.kill();
      return await log;
    },
    async [Symbol.asyncDispose]() {
      try {
        child.kill();
      } catch {
        // It has ended already.
      }
      await Promise.all([child.status, log, console]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

// On its control descriptor, here its output, workerd writes a line of JSON for each socket.
async function firstPort(output: ReadableStream<string>): Promise<number> {
  let text = "";
  const reader = output.getReader();
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("workerd ended at once");
    text += value;
  }
  reader.releaseLock();
  return JSON.parse(text.slice(0, text.indexOf("\n"))).port;
}
