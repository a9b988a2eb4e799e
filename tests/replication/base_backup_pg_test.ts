import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import { connect } from "@walbrook/walbrook/replication";
import { testOnPostgres } from "../helpers/postgres.ts";

testOnPostgres(
  "baseBackup() sends the data directory and a manifest",
  async ({ server, sql }) => {
    await sql("CREATE TABLE in_backup (id int)");
    const file = await sql.value("SELECT pg_relation_filepath('in_backup')");
    await using connection = await connect(server.url);
    const backup = await connection.baseBackup({
      label: "it's a test",
      checkpoint: "fast",
      manifest: true,
      progress: true,
      wal: true,
    });
    const begun: string[] = [];
    const manifest: Uint8Array[] = [];
    let archived = 0;
    let end = backup.start;
    for await (const message of backup.readable) {
      switch (message.kind) {
        case "archive":
          begun.push(message.name);
          break;
        case "manifest":
          begun.push("manifest");
          break;
        case "data":
          if (begun.at(-1) === "manifest") manifest.push(message.data);
          else archived += message.data.length;
          break;
        case "progress":
          break;
        case "end":
          end = message.lsn;
      }
    }
    assertEquals(begun, ["base.tar", "manifest"]);
    assertEquals(backup.tablespaces.map(({ oid }) => oid), [null]);
    assert(backup.tablespaces[0]!.size! > 0);
    assertEquals(backup.timeline, 1);
    assert(end > backup.start);
    assert(archived > 1_000_000);
    assertEquals(archived % 512, 0);
    const text = new TextDecoder().decode(concat(manifest));
    assertStringIncludes(text, String(file));
    // The connection takes commands again.
    assertEquals((await connection.identifySystem()).timeline, 1);
  },
);
