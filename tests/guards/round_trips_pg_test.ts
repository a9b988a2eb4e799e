import { assert } from "@std/assert";
import { startRoundTripCounter } from "../../bench/network/round_trips.ts";
import { subscribe, type SubscribeOptions } from "@walbrook/walbrook";
import { type PostgresServer, testOnPostgres } from "../helpers/postgres.ts";
import { makeAuthority } from "../login/certificates.ts";

const authority = await makeAuthority("Walbrook's tests");
const { certificate, key } = await authority.issue([
  { type: "ip", value: "127.0.0.1" },
]);

const SERVER = {
  settings: {
    ssl: "on",
    ssl_cert_file: "server.crt",
    ssl_key_file: "server.key",
    password_encryption: "scram-sha-256",
  },
  files: { "server.crt": certificate, "server.key": key },
  hba: ["hostssl all app 127.0.0.1/32 scram-sha-256"],
};

/** To connect, one for the login, one for all questions, and one to start the stream. */
const WITHOUT_TLS = 4;
/**
 * Two more for TLS, two for SCRAM, and one that is none: the server's session tickets
 * may come between two messages of the client.
 */
const WITH_TLS_AND_SCRAM = 9;

async function roundTripsOf(
  server: PostgresServer,
  connection: Exclude<SubscribeOptions["connection"], string | undefined>,
): Promise<number> {
  await using counter = await startRoundTripCounter(server.port);
  const { host, database } = { host: "127.0.0.1", database: "postgres" };
  const subscription = await subscribe({
    connection: { host, port: counter.port, database, ...connection },
    slot: "s",
    publication: "p",
  });
  const { roundTrips } = counter;
  await subscription.close();
  return roundTrips;
}

testOnPostgres(
  "subscribe() needs no more round trips than it did",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("CREATE ROLE app LOGIN REPLICATION PASSWORD 'secret'");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const plain = await roundTripsOf(server, {
      user: server.superuser,
      sslmode: "disable",
    });
    assert(plain <= WITHOUT_TLS, `${plain} without TLS`);
    const encrypted = await roundTripsOf(server, {
      user: "app",
      password: "secret",
      sslmode: "verify-full",
      sslrootcert: authority.certificate,
    });
    assert(
      encrypted <= WITH_TLS_AND_SCRAM,
      `${encrypted} with TLS and SCRAM`,
    );
  },
  SERVER,
);
