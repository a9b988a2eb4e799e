import { assertEquals } from "@std/assert";
import { makeAuthority } from "../login/certificates.ts";
import { withServer } from "../helpers/postgres.ts";
import { findProgram } from "../runtimes/binaries.ts";
import { bundle } from "../runtimes/bundle.ts";
import { startWorkerd } from "../runtimes/workerd.ts";

// What Cloudflare does once a minute; other requests are passed on.
const FRONT = `export default {
  async fetch(request, env) {
    if (request.method !== "POST") return await env.WORKER.fetch(request);
    return Response.json(await env.WORKER.scheduled({ cron: "* * * * *" }));
  },
};`;

const BINDINGS = (url: string) => `
  (name = "DATABASE_URL", text = ${JSON.stringify(url)}),
  (name = "SLOT", text = "edge_replica"),
  (name = "PUBLICATION", text = "shop"),
  (name = "REPLICA", durableObjectNamespace = "Replica"),`;

const SETTINGS = `
  durableObjectNamespaces = [(className = "Replica", uniqueKey = "replica")],
  durableObjectStorage = (localDisk = "storage"),`;

Deno.test("examples/worker drains the slot in workerd, once per cron, and stops", async () => {
  const program = await findProgram("workerd");
  if (program === null) {
    return console.log("workerd is not tested: npm has none for this system");
  }
  const authority = await makeAuthority("Edge");
  const { certificate, key } = await authority.issue([
    { type: "ip", value: "127.0.0.1" },
  ]);
  const code = await bundle("examples/worker/worker.ts");
  await withServer({
    settings: {
      ssl: "on",
      ssl_cert_file: "server.crt",
      ssl_key_file: "server.key",
    },
    files: { "server.crt": certificate, "server.key": key },
  }, async ({ url }, sql) => {
    await sql("CREATE TABLE orders (id bigint PRIMARY KEY, note text)");
    await sql("ALTER TABLE orders ALTER note SET STORAGE EXTERNAL");
    await sql("CREATE PUBLICATION shop FOR TABLE orders");
    await using workerd = await startWorkerd(program, {
      module: code,
      trusted: authority.certificate,
      bindings: BINDINGS(url),
      settings: SETTINGS,
      front: FRONT,
    });
    const cron = async () => {
      const response = await fetch(workerd.url, { method: "POST" });
      assertEquals((await response.json()).outcome, "ok");
      // Nobody is left at the slot.
      const [slot] = await sql("SELECT active FROM pg_replication_slots");
      assertEquals(slot?.["active"], "f");
    };
    const copy = async () => {
      const response = await fetch(`${workerd.url}orders`);
      return await response.json();
    };

    await cron(); // makes the slot
    const note = "long ".repeat(2000);
    await sql(`INSERT INTO orders VALUES (1, '${note}'), (2, 'b'), (3, 'c')`);
    await cron();
    assertEquals(await copy(), [
      { id: "1", note },
      { id: "2", note: "b" },
      { id: "3", note: "c" },
    ]);
    // The long note is not sent again.
    await sql("UPDATE orders SET id = 11 WHERE id = 1");
    await sql("DELETE FROM orders WHERE id = 3");
    await cron();
    await cron();
    assertEquals(await copy(), [{ id: "11", note }, { id: "2", note: "b" }]);
    await sql("TRUNCATE orders");
    await cron();
    assertEquals(await copy(), []);
  });
});
