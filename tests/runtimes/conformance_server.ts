import { join } from "node:path";
import {
  connectSql,
  type PostgresServer,
  startPostgres,
} from "../helpers/postgres.ts";
import {
  type Authority,
  type Certificate,
  makeAuthority,
} from "../login/certificates.ts";
import type { Parameters } from "./conformance/context.ts";
import { Peers } from "./peers.ts";

const PASSWORD = "right";

/** Everything that the suite connects to. Disposing it removes all of it. */
export interface ConformanceServer extends AsyncDisposable {
  /** What the suite has to be told. */
  readonly parameters: Omit<Parameters, "runtime">;
}

/** What {@linkcode startConformanceServer} takes. */
export interface ConformanceServerOptions {
  /**
   * Whether to do without PostgreSQL.
   *
   * @default {Deno.build.os === "windows"} where no server can be started
   */
  readonly peersOnly?: boolean;
}

/** Starts a server with a certificate, and its odd neighbours. */
export async function startConformanceServer(
  { peersOnly = Deno.build.os === "windows" }: ConformanceServerOptions = {},
): Promise<ConformanceServer> {
  await using started = new AsyncDisposableStack();
  const authority = await makeAuthority("Walbrook's runtimes");
  const other = await makeAuthority("Nobody");
  const { certificate, key } = await authority.issue([
    { type: "ip", value: "127.0.0.1" },
    { type: "dns", value: "localhost" },
  ]);
  const untrusted = await other.issue([{ type: "ip", value: "127.0.0.1" }]);
  const client = await authority.issue([], { commonName: "bearer" });
  const server = peersOnly
    ? NO_SERVER
    : started.use(await startServer(authority, { certificate, key }));
  const folder = await Deno.makeTempDir();
  started.defer(() => Deno.remove(folder, { recursive: true }));
  const authorityFile = join(folder, "root.crt");
  await Deno.writeTextFile(authorityFile, authority.certificate);
  const peers = started.use(new Peers());
  const parameters = {
    host: server.host,
    port: server.port,
    socketDirectory: server.socketDirectory,
    authority: authority.certificate,
    authorityFile,
    client,
    password: PASSWORD,
    peers: await peers.start(untrusted),
    peersOnly,
  };
  const all = started.move();
  return {
    parameters,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const NO_SERVER = { host: "127.0.0.1", port: 0, socketDirectory: "" };

async function startServer(
  authority: Authority,
  { certificate, key }: Certificate,
): Promise<PostgresServer> {
  const server = await startPostgres({
    settings: {
      ssl: "on",
      ssl_cert_file: "server.crt",
      ssl_key_file: "server.key",
      ssl_ca_file: "root.crt",
      max_wal_senders: "20",
    },
    files: {
      "server.crt": certificate,
      "server.key": key,
      "root.crt": authority.certificate,
    },
    hba: [
      "host all scram 127.0.0.1/32 scram-sha-256",
      "hostssl all bearer 127.0.0.1/32 cert",
      "hostnossl all wary 127.0.0.1/32 reject",
    ],
  });
  await using sql = connectSql(server.url);
  await sql(
    `CREATE ROLE scram LOGIN REPLICATION PASSWORD '${PASSWORD}'; CREATE ROLE bearer LOGIN REPLICATION; CREATE ROLE wary LOGIN REPLICATION`,
  );
  return server;
}
