import { assertEquals } from "@std/assert";
import type { ConnectionOptions } from "@walbrook/walbrook";
import { withServer } from "../helpers/postgres.ts";
import {
  type Certificate,
  makeAuthority,
  makeSelfSigned,
  type SubjectName,
} from "../session/certificates.ts";
import { type Libpq, loadLibpq } from "../session/libpq.ts";
import {
  authentication,
  message,
  READY,
  text,
} from "../session/scripted_server.ts";
import { type Attempts, LogInCommands } from "./log_in_commands.ts";
import type { RuntimeName } from "./conformance/context.ts";

const authority = await makeAuthority("Walbrook's tests");
const between = await authority.issueAuthority("In between");
const NAME = "db.example";
const NAMES = [dns(NAME)];
const good = await authority.issue(NAMES);
const indirect = await between.issue(NAMES);
const alone = await makeSelfSigned(NAMES, { isAuthority: false });
const own = await makeSelfSigned(NAMES, { isAuthority: true });

/** What a server shows, and who is trusted. */
interface Shape {
  readonly shown: Certificate;
  /** What it sends along. */
  readonly chain?: string;
  /** The authority, if not the usual one. */
  readonly root?: string;
  /** What the server is called in turn, if not {@linkcode NAME}. */
  readonly hosts?: readonly string[];
}

const SHAPES: Readonly<Record<string, Shape>> = {
  "the host's name": { shown: good, hosts: [NAME, "DB.Example"] },
  "a wildcard": {
    shown: await authority.issue([dns(`*.${NAME}`)]),
    hosts: [`a.${NAME}`, NAME, `a.b.${NAME}`],
  },
  "part of a name and a wildcard": {
    shown: await authority.issue([dns(`a*.${NAME}`)]),
    hosts: [`ab.${NAME}`],
  },
  "a common name alone": {
    shown: await authority.issue([], { commonName: NAME }),
    hosts: [NAME, "other.example"],
  },
  "a wildcard as common name": {
    shown: await authority.issue([], { commonName: `*.${NAME}` }),
    hosts: [`a.${NAME}`, NAME],
  },
  "a common name beside another name": {
    shown: await authority.issue([dns("other.example")], { commonName: NAME }),
  },
  "a common name beside an address": {
    shown: await authority.issue([ip("127.0.0.1")], { commonName: NAME }),
    hosts: [NAME, "127.0.0.1", "other.example"],
  },
  "an address as common name": {
    shown: await authority.issue([], { commonName: "127.0.0.1" }),
    hosts: ["127.0.0.1"],
  },
  "an address as a name": {
    shown: await authority.issue([dns("127.0.0.1")]),
    hosts: ["127.0.0.1"],
  },
  "a time that is over": {
    shown: await authority.issue(NAMES, { valid: "no more" }),
  },
  "a time to come": {
    shown: await authority.issue(NAMES, { valid: "not yet" }),
  },
  "an authority in between, which comes along": {
    shown: indirect,
    chain: between.certificate,
  },
  "an authority in between, which does not come along": { shown: indirect },
  "an authority in between, which is trusted too": {
    shown: indirect,
    root: `${authority.certificate}\n${between.certificate}`,
  },
  "an authority in between, which alone is trusted": {
    shown: indirect,
    root: between.certificate,
  },
  "an authority that is not trusted, unlike itself": {
    shown: good,
    root: good.certificate,
  },
  "its own signature, as an authority": {
    shown: own,
    root: own.certificate,
  },
  "its own signature": { shown: alone, root: alone.certificate },
  "its own signature, and nobody trusts it": { shown: alone },
};

// docs/connecting.md says so.
const DIFFERENCES: Readonly<
  Record<string, readonly [RuntimeName[] | "all", "in" | "refused"]>
> = {
  [`part of a name and a wildcard: verify-full ab.${NAME}`]: ["all", "in"],
  "an address as common name: verify-full 127.0.0.1": ["all", "refused"],
  "an address as a name: verify-full 127.0.0.1": ["all", "refused"],
  ...Object.fromEntries(
    ["require", "verify-ca", "verify-full"].map((sslmode) => [
      `an authority in between, which alone is trusted: ${sslmode} ${NAME}`,
      [["Deno"], "in"] as const,
    ]),
  ),
};

function dns(value: string): SubjectName {
  return { type: "dns", value };
}

function ip(value: string): SubjectName {
  return { type: "ip", value };
}

// Speaks TLS at once, lets everybody in and has no answer to anything.
async function welcome(connection: Deno.TlsConn): Promise<void> {
  using _ = connection;
  const buffer = new Uint8Array(4096);
  await connection.handshake();
  await connection.read(buffer);
  await connection.write(Uint8Array.from([...authentication(0), ...READY]));
  while (await connection.read(buffer) !== null) {
    await connection.write(Uint8Array.from([
      ...message("C", text("SELECT 0\0")),
      ...message("Z", text("I")),
    ]));
  }
}

function serve({ shown, chain = "" }: Shape): Deno.TlsListener {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: `${shown.certificate}\n${chain}`,
    key: shown.key,
    alpnProtocols: ["postgresql"],
  });
  (async () => {
    for await (const connection of listener) {
      // One that does not trust the server leaves in the middle.
      welcome(connection).catch(() => {});
    }
  })();
  return listener;
}

function attemptsAt(what: string, shape: Shape, port: number): Attempts {
  const { root = authority.certificate, hosts = [NAME] } = shape;
  const attempts: [string, ConnectionOptions][] = [];
  for (const sslmode of ["require", "verify-ca", "verify-full"] as const) {
    for (const host of sslmode === "verify-full" ? hosts : [NAME]) {
      attempts.push([`${what}: ${sslmode} ${host}`, {
        host,
        hostaddr: "127.0.0.1",
        port,
        user: "u",
        sslmode,
        sslrootcert: root,
        sslnegotiation: "direct",
      }]);
    }
  }
  return Object.fromEntries(attempts);
}

async function askLibpq(
  libpq: Libpq,
  attempts: Attempts,
): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  const root = await Deno.makeTempFile();
  for (const [name, options] of Object.entries(attempts)) {
    const { host, hostaddr, port, user, sslmode, sslrootcert } = options;
    await Deno.writeTextFile(root, `${sslrootcert}`);
    const { outcome } = await libpq.connect({
      host: `${host}`,
      hostaddr: `${hostaddr}`,
      port: `${port}`,
      user: `${user}`,
      sslmode: `${sslmode}`,
      sslrootcert: root,
      sslcert: "/nonexistent",
      sslcrl: "/nonexistent",
      sslnegotiation: "direct",
      gssencmode: "disable",
    });
    outcomes[name] = outcome === "tls" ? "in" : "refused";
  }
  await Deno.remove(root);
  return outcomes;
}

function summaryOf(outcome: string): string {
  if (outcome === "plain") return "in"; // what it calls a session without SSL's view
  return outcome.startsWith("AuthenticationError: Cannot trust the server's")
    ? "refused"
    : outcome;
}

function differ(
  libpq: Readonly<Record<string, string>>,
  runtime: RuntimeName,
): Record<string, string> {
  const expected = { ...libpq };
  for (const [name, [where, outcome]] of Object.entries(DIFFERENCES)) {
    if (where === "all" || where.includes(runtime)) expected[name] = outcome;
  }
  return expected;
}

Deno.test({
  name: "connect() trusts the certificates that libpq trusts, in each runtime",
  // What the clients leave behind is read until the end.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const listeners: Deno.TlsListener[] = [];
    let attempts: Attempts = {};
    for (const [what, shape] of Object.entries(SHAPES)) {
      const listener = serve(shape);
      listeners.push(listener);
      const { port } = listener.addr;
      attempts = { ...attempts, ...attemptsAt(what, shape, port) };
    }
    await using programs = await LogInCommands.create();
    // Its programs bring libpq along; direct negotiation came with 17.
    await withServer({ major: 18 }, async (server) => {
      using libpq = loadLibpq(server);
      if (libpq === null) return;
      const wanted = await askLibpq(libpq, attempts);
      for (const [runtime, command] of await programs.commands()) {
        await t.step(runtime, async () => {
          const outcomes = Object.entries(await programs.run(command, attempts))
            .map(([name, outcome]) => [name, summaryOf(outcome)]);
          assertEquals(Object.fromEntries(outcomes), differ(wanted, runtime));
        });
      }
    });
    for (const listener of listeners) listener.close();
  },
});
