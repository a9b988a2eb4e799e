import { subscribe } from "../../mod.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { bareEnvironment } from "./bare_environment.ts";
import { assertEquals, assertRejects } from "@std/assert";

// Connection strings as people paste them: from the pages of providers, from other programs,
// and as a clipboard, a shell or a file of variables alters them.

/** A string, and the result of reading it, as `user@host:port/database sslmode`. */
type Read = readonly [text: string, read: string];

const PROVIDERS: readonly Read[] = [
  // Amazon RDS and Aurora
  [
    "postgresql://app:pw@shop.c1abcdefghij.eu-central-1.rds.amazonaws.com:5432/shop?sslmode=require",
    "app@shop.c1abcdefghij.eu-central-1.rds.amazonaws.com:5432/shop require",
  ],
  [
    "host=shop.cluster-c1abcdefghij.eu-central-1.rds.amazonaws.com port=5432 dbname=shop user=app password=pw sslmode=require",
    "app@shop.cluster-c1abcdefghij.eu-central-1.rds.amazonaws.com:5432/shop require",
  ],
  // Cloud SQL, by a socket and by an address
  [
    "postgres://app:pw@/shop?host=/cloudsql/project:europe-west1:shop",
    "app@/cloudsql/project:europe-west1:shop/.s.PGSQL.5432/shop",
  ],
  [
    "host=/cloudsql/project:europe-west1:shop user=app dbname=shop password=pw",
    "app@/cloudsql/project:europe-west1:shop/.s.PGSQL.5432/shop",
  ],
  ["postgres://app:pw@10.10.0.3/shop", "app@10.10.0.3:5432/shop prefer"],
  // Azure: libpq's form as Azure shows it, and the older form user@server
  [
    "host=shop.postgres.database.azure.com port=5432 dbname=shop user=app password=pw sslmode=require",
    "app@shop.postgres.database.azure.com:5432/shop require",
  ],
  [
    "postgres://app%40shop:pw@shop.postgres.database.azure.com/shop?sslmode=require",
    "app@shop@shop.postgres.database.azure.com:5432/shop require",
  ],
  // Supabase: directly, and through its pooler
  [
    "postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres",
    "postgres@db.abcdefghijklmnopqrst.supabase.co:5432/postgres prefer",
  ],
  [
    "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-eu-central-1.pooler.supabase.com:5432/postgres",
    "postgres.abcdefghijklmnopqrst@aws-0-eu-central-1.pooler.supabase.com:5432/postgres prefer",
  ],
  // Neon
  [
    "postgresql://app:pw@ep-cool-darkness-123456.eu-central-1.aws.neon.tech/shop?sslmode=require&channel_binding=require",
    "app@ep-cool-darkness-123456.eu-central-1.aws.neon.tech:5432/shop require",
  ],
  [
    "postgresql://app:pw@ep-cool-darkness-123456.eu-central-1.aws.neon.tech/shop?options=endpoint%3Dep-cool-darkness-123456&sslmode=require",
    "app@ep-cool-darkness-123456.eu-central-1.aws.neon.tech:5432/shop require",
  ],
  // Crunchy Bridge, CloudNativePG, Docker Compose
  [
    "postgres://application:pw@p.abcdefghijklmnopqrstuvwxyz.db.postgresbridge.com:5432/postgres",
    "application@p.abcdefghijklmnopqrstuvwxyz.db.postgresbridge.com:5432/postgres prefer",
  ],
  [
    "postgresql://app:pw@shop-rw.default:5432/app",
    "app@shop-rw.default:5432/app prefer",
  ],
  [
    "postgres://postgres:secret@db/shop",
    "postgres@db:5432/shop prefer",
  ],
  // Heroku, DigitalOcean, Aiven, Timescale, Render, Railway
  [
    "postgres://abcdefghijklmn:pw@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d1a2b3c4d5e6f7",
    "abcdefghijklmn@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d1a2b3c4d5e6f7 prefer",
  ],
  [
    "postgresql://doadmin:pw@db-postgresql-fra1-12345-do-user-1-0.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require",
    "doadmin@db-postgresql-fra1-12345-do-user-1-0.b.db.ondigitalocean.com:25060/defaultdb require",
  ],
  [
    "postgres://avnadmin:pw@shop-project.a.aivencloud.com:12691/defaultdb?sslmode=require",
    "avnadmin@shop-project.a.aivencloud.com:12691/defaultdb require",
  ],
  [
    "postgres://tsdbadmin:pw@abcdefghij.abcdefghij.tsdb.cloud.timescale.com:31234/tsdb?sslmode=require",
    "tsdbadmin@abcdefghij.abcdefghij.tsdb.cloud.timescale.com:31234/tsdb require",
  ],
  [
    "postgresql://app:pw@dpg-abcdefghijklmnopqrst-a.frankfurt-postgres.render.com/shop",
    "app@dpg-abcdefghijklmnopqrst-a.frankfurt-postgres.render.com:5432/shop prefer",
  ],
  [
    "postgresql://postgres:pw@viaduct.proxy.rlwy.net:23456/railway",
    "postgres@viaduct.proxy.rlwy.net:23456/railway prefer",
  ],
];

const HARMLESS: readonly Read[] = [
  [" postgres://u:p@h/d ", "u@h:5432/d prefer"],
  ["postgres://u:p@h/d\n", "u@h:5432/d prefer"],
  ["postgres://u:p@h/d\r\n", "u@h:5432/d prefer"],
  ["\n  host=h\n  user=u\n", "u@h:5432/u prefer"],
  ["postgres://u:p#x@h/d", "u@h:5432/d prefer"],
  ["postgres://u:p%23x@h/d", "u@h:5432/d prefer"],
  [
    "postgres://u:p@h/d?uselibpqcompat=true&sslmode=require",
    "u@h:5432/d require",
  ],
  ["postgres://u:p@h/d?ssl=true", "u@h:5432/d require"],
  [
    "postgres://u:p@h/d?connect_timeout=10&keepalives_count=3",
    "u@h:5432/d prefer",
  ],
];

const REFUSED: readonly (readonly [text: string, said: string])[] = [
  // For other programs
  ["jdbc:postgresql://h:5432/d?user=u&password=p", "it is a JDBC URL"],
  ["Server=h;Database=d;Port=5432;User Id=u;Password=p;", 'separated by ";"'],
  ["Host=h;Username=u;Password=p;Database=d", 'separated by ";"'],
  ["http://h/d", "another scheme"],
  ["https://h:5432", "another scheme"],
  ["mysql://u:p@h/d", "another scheme"],
  ["postgresql+psycopg2://u:p@h/d", "another scheme"],
  ["postgresql+asyncpg://u:p@h/d", "another scheme"],
  ["prisma+postgres://accelerate.prisma-data.net/?api_key=p", "another scheme"],
  ["psql 'postgresql://u:p@h/d?sslmode=require'", "command psql"],
  ["psql -h h -U u d", "command psql"],
  // Without a scheme, or with half of one
  ["h", 'a URL begins with "postgres://"'],
  ["h:5432", 'a URL begins with "postgres://"'],
  ["h/d", 'a URL begins with "postgres://"'],
  ["u:p@h:5432/d", "it has no scheme"],
  ["//u:p@h/d", "it has no scheme"],
  ["postgres:u:p@h/d", "the scheme is not complete"],
  ["postgres:/u:p@h/d", "the scheme is not complete"],
  ["POSTGRES://u:p@h/d", "in lower case"],
  // From a shell or a file
  ['"postgres://u:p@h/d"', "remove the quotes"],
  ["'postgres://u:p@h/d'", "remove the quotes"],
  ["\u201cpostgres://u:p@h/d\u201d", "remove the quotes"],
  ["DATABASE_URL=postgres://u:p@h/d", "begins with the name of a variable"],
  [
    'export DATABASE_URL="postgres://u:p@h/d"',
    "begins with the name of a variable",
  ],
  ["DATABASE_URL: postgres://u:p@h/d", "begins with the name of a variable"],
  ["undefined", "is DATABASE_URL set?"],
  ["null", "is DATABASE_URL set?"],
  ["$DATABASE_URL", "is DATABASE_URL set?"],
  ["${DATABASE_URL}", "is DATABASE_URL set?"],
  ["%DATABASE_URL%", "is DATABASE_URL set?"],
  ["{{ database_url }}", "is DATABASE_URL set?"],
  ["\ufeffpostgres://u:p@h/d", "a character that is not ASCII"],
  ["\u200bpostgres://u:p@h/d", "a character that is not ASCII"],
  ["\u00a0postgres://u:p@h/d", "a character that is not ASCII"],
  ["postgres://u:p@h/d # shop", "a blank in the middle"],
  ["postgres://u:p@h/d;", "the value of dbname has a character"],
  ["postgres://<user>:<password>@<host>/<database>", "the value of user"],
  // A password that was not encoded
  ["postgres://u:p/x@h/d", 'write "/", "?", "#" and "@"'],
  ["postgres://u:p@x@h/d", "percent-encoded"],
  ["postgres://u:p%x@h/d", 'write "%" itself as "%25"'],
  ["postgres://u:p x@h/d", 'write it as "%20"'],
  ["postgres://u@shop:p@h/d", "percent-encoded"],
  ["postgres://u:p@h:port/d", "the port given"],
  // Parameters of other drivers and tools
  ["postgres://u:p@h/d?schema=public", "the publication says"],
  ["postgres://u:p@h:6543/d?pgbouncer=true", "connect to the server itself"],
  ["postgres://u:p@h/d?pool_mode=transaction", "connect to the server itself"],
  ["postgres://u:p@h/d?sslaccept=strict", "write sslmode=verify-full"],
  ["postgres://u:p@h/d?sslidentity=client.p12", "write sslcert and sslkey"],
  ["postgres://u:p@h/d?sslmode=no-verify", 'write "require"'],
  ["postgres://u:p@h/d?ssl=1", "write sslmode=require"],
  ["postgres://u:p@h/d?ssl=no-verify", "write sslmode=require"],
  ["postgres://u:p@h/d?sslmode=verify_full", 'did you mean "verify-full"?'],
  ["postgres://u:p@h/d?ApplicationName=a", 'did you mean "application_name"?'],
  ["postgres://u:p@h/d?connectTimeout=10", 'did you mean "connect_timeout"?'],
  ...[
    ...["connection_limit", "pool_timeout", "socket_timeout", "idle_timeout"],
    ...["statement_cache_size", "prepared_statements", "supa", "encoding"],
    ...["currentSchema", "search_path"],
    ...["pool_max_conns", "serverVersion", "charset"],
  ].map((name) =>
    [
      `postgres://u:p@h/d?${name}=1`,
      `"${name}", which belongs to another driver or tool: remove it`,
    ] as const
  ),
];

for (const [text, read] of [...PROVIDERS, ...HARMLESS]) {
  Deno.test(`${JSON.stringify(text)} is read as ${read}`, async () => {
    const { targets: [target], user, database, tls } = await resolveConnection(
      text,
      bareEnvironment(),
    );
    const address = target?.address;
    const place = address?.transport === "tcp"
      ? `${address.hostname}:${address.port}`
      : address?.path;
    const mode = tls === undefined ? "" : ` ${tls.sslmode}`;
    assertEquals(`${user}@${place}/${database}${mode}`, read);
  });
}

for (const [text, said] of REFUSED) {
  Deno.test(`${JSON.stringify(text)} is rejected: ${said}`, async () => {
    await assertRejects(
      () => resolveConnection(text, bareEnvironment()),
      Error,
      said,
    );
  });
}

Deno.test("subscribe() says that DATABASE_URL is not set, and does not guess", async () => {
  for (const connection of [undefined, null, ""]) {
    await assertRejects(
      // Calls that only JavaScript can make.
      () => subscribe({ connection, slot: "s", publication: "p" } as never),
      TypeError,
      "is an environment variable, such as DATABASE_URL, not set?",
    );
  }
});
