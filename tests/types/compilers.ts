import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchPackage, platform } from "../runtimes/binaries.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The last two majors of TypeScript. */
export type TypeScriptVersion = "6.0.3" | "7.0.2";

/** Both of them. */
export const TYPESCRIPT_VERSIONS: readonly TypeScriptVersion[] = [
  "6.0.3",
  "7.0.2",
];

// The settings of a strict program that has no runtime's types.
const STRICT = {
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  allowImportingTsExtensions: true,
  preserveSymlinks: true,
  target: "es2023",
  module: "esnext",
  moduleResolution: "bundler",
  types: [],
  lib: [
    "es2023",
    "esnext.disposable",
    "dom",
    "dom.iterable",
    "dom.asynciterable",
  ],
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
};

/** A folder with the package's declarations, as npm users get them, and programs on top. */
export class TypedProject implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes the declarations of the whole package.
   *
   * @param packages Packages of npm that the programs import, with their versions, by name.
   */
  static async create(
    packages: Readonly<Record<string, string>> = {},
  ): Promise<TypedProject> {
    const folder = await Deno.makeTempDir({ prefix: "walbrook_types_" });
    const project = new TypedProject(folder);
    try {
      await project.#declare();
      for (const [name, version] of Object.entries(packages)) {
        const link = join(folder, "node_modules", name);
        await Deno.mkdir(dirname(link), { recursive: true });
        await Deno.symlink(await fetchPackage(`${name}@${version}`), link);
      }
      return project;
    } catch (error) {
      await project[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #declare(): Promise<void> {
    const { exports } = await packageJson();
    const config = {
      compilerOptions: {
        ...STRICT,
        ...{ noEmit: false, noCheck: true, declaration: true },
        ...{ emitDeclarationOnly: true, isolatedDeclarations: true },
        ...{ rootDir: ROOT, outDir: join(this.#folder, "package") },
      },
      files: Object.values(exports).map((file) => join(ROOT, file)),
    };
    const output = await this.#tsc("7.0.2", config);
    if (output !== "") throw new Error(`Cannot write declarations: ${output}`);
  }

  /**
   * Writes a program.
   *
   * @param name Its file's name.
   * @param source Its source.
   */
  async write(name: string, source: string): Promise<void> {
    const file = join(this.#folder, "programs", name);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, source);
  }

  /**
   * Type-checks programs.
   *
   * @param version The compiler.
   * @param names The programs' files.
   * @param settings Settings that differ from a strict program's.
   * @returns What the compiler says; nothing if all is well.
   */
  async check(
    version: TypeScriptVersion,
    names: readonly string[],
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const { name, exports } = await packageJson();
    const paths = Object.entries(exports).map(([path, file]) => [
      name + path.slice(1),
      [`./package/${file.replace(/\.ts$/, ".d.ts").slice(2)}`],
    ]);
    return await this.#tsc(version, {
      compilerOptions: {
        ...STRICT,
        paths: Object.fromEntries(paths),
        ...settings,
      },
      files: names.map((name) => `programs/${name}`),
    });
  }

  async #tsc(version: TypeScriptVersion, config: unknown): Promise<string> {
    const file = join(this.#folder, "tsconfig.json");
    await Deno.writeTextFile(file, JSON.stringify(config));
    const [command, ...args] = await compiler(version);
    const { stdout, stderr } = await new Deno.Command(command!, {
      args: [...args, "--pretty", "false", "-p", file],
      cwd: this.#folder,
    }).output();
    const text = new TextDecoder();
    return (text.decode(stdout) + text.decode(stderr)).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** The command of a compiler. From 7 on it is a program of its own for each system. */
async function compiler(version: TypeScriptVersion): Promise<string[]> {
  if (version.startsWith("6")) {
    return [
      ...[Deno.execPath(), "run", "-A", "-q", "--no-config", "--no-lock"],
      `npm:typescript@${version}/tsc`,
    ];
  }
  const system = platform().replace("windows", "win32");
  const folder = await fetchPackage(
    `@typescript/typescript-${system}@${version}`,
  );
  const file = Deno.build.os === "windows" ? "tsc.exe" : "tsc";
  return [join(folder, "lib", file)];
}

async function packageJson(): Promise<{
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
}> {
  return JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
}
