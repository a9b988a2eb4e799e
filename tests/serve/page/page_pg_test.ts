import { assertEquals, assertMatch } from "@std/assert";
import {
  type LiveService,
  serve,
  type ServeOptions,
} from "@walbrook/walbrook/serve";
import {
  deliver,
  type Destination,
  DestinationError,
  memoryDeadLetters,
} from "@walbrook/walbrook/sink";
import { runDoctor } from "@walbrook/walbrook/doctor";
import { subscribe } from "@walbrook/walbrook";
import { testOnPostgres } from "../../helpers/postgres.ts";
import {
  HAS_BROWSER,
  PATIENCE,
  seriousFindings,
  startBrowser,
} from "./browser.ts";

/** Serves a service on a free port. */
function listen(service: LiveService): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    service.fetch,
  );
}

async function open(url: string, options: ServeOptions): Promise<LiveService> {
  const subscription = await subscribe({
    connection: url,
    slot: { name: "live", create: true },
    publication: "p",
    retry: { initialDelayMs: 100, maxDelayMs: 500 },
  });
  return serve(subscription, {
    slotName: "live",
    doctor: () => runDoctor(url, { slot: "live", publication: "p" }),
    ...options,
  });
}

const TABLES =
  `CREATE TABLE orders (id int PRIMARY KEY, status text, email text);
  ALTER TABLE orders REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE orders`;

if (HAS_BROWSER) {
  testOnPostgres(
    "the page updates live, masks values, and survives lost links of both sides",
    async ({ server, sql }) => {
      await sql(TABLES);
      await using service = await open(server.url, {
        showValues: ["public.orders.status"],
        token: "s3cret",
      });

      const web = listen(service);
      await using browser = await startBrowser();
      const origin = `http://127.0.0.1:${web.addr.port}`;
      const locked = await browser.open(origin);
      await locked.fill("#token", "wrong");
      await locked.click("button");
      await locked.waitForSelector("[role=alert]", PATIENCE);
      assertEquals(await seriousFindings(locked), []);
      await locked.fill("#token", "s3cret");
      await locked.click("button");
      const page = locked;
      await page.waitForSelector("body[data-state=empty]", PATIENCE);
      await sql(
        "INSERT INTO orders VALUES (17, 'open', 'secret@example.com'); UPDATE orders SET status = 'paid'",
      );
      await page.waitForSelector("body[data-state=streaming]", PATIENCE);
      await page.waitForSelector(
        "#changes tr.update ins:text('paid')",
        PATIENCE,
      );
      const body = await page.content();
      assertEquals(body.includes("secret@example.com"), false);
      assertMatch(
        await page.textContent("#changes tr.insert") ?? "",
        /public\.orders id .*masked.*status open/,
      );
      await page.waitForSelector("#findings .find", PATIENCE);
      await sql(
        "ALTER TABLE orders ADD gift text; INSERT INTO orders VALUES (18)",
      );
      await page.waitForSelector("#log :text('gift')", PATIENCE);
      assertEquals(await seriousFindings(page), []);
      // Hold freezes it, by the keyboard.
      await page.focus("#hold");
      await page.keyboard.press("Enter");
      await sql("DELETE FROM orders WHERE id = 17");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#changes tr.delete", PATIENCE);
      await server.stop();
      await page.waitForSelector("body[data-state=reconnecting]", PATIENCE);
      await server.start();
      await page.waitForSelector("body[data-state=streaming]", PATIENCE);
      await page.waitForSelector("#log :text('Reconnected')", PATIENCE);
      const closing = web.shutdown();
      await service.close();
      await closing;
      await page.waitForSelector("body[data-state=stale]", PATIENCE);
      assertEquals(browser.complaints, []);
    },
    { majors: [18] },
  );

  testOnPostgres(
    "the page shows a parked key, and retries and releases it with the token only",
    async ({ server, sql }) => {
      await sql(TABLES);
      const accepted: string[] = [];
      let isStrict = true;
      const hook: Destination = {
        name: "orders-hook",
        write(batch) {
          for (const { key, event } of batch) {
            const isBad = "newRow" in event && event.newRow.status === "bad";
            if (isBad && isStrict) {
              return Promise.reject(
                new DestinationError("422: the status is bad", {}),
              );
            }
            accepted.push(String(key));
          }
          return Promise.resolve();
        },
      };
      const subscription = await subscribe({
        connection: server.url,
        slot: { name: "live", create: true, temporary: true },
        publication: "p",
        acknowledge: "manual",
      });
      await using service = serve(subscription, {
        token: "s3cret",
        deliver: (events) =>
          deliver(subscription, hook, {
            events,
            poison: memoryDeadLetters(),
            retry: { maxAttempts: 1 },
            batch: { items: 1 },
          }),
      });
      await using web = listen(service);
      await using browser = await startBrowser();
      const page = await browser.open(
        `http://127.0.0.1:${web.addr.port}/?token=s3cret`,
      );
      await page.waitForSelector("body[data-state=empty]", PATIENCE);
      await sql(
        "INSERT INTO orders VALUES (1, 'bad'), (2, 'good'), (3, 'bad')",
      );
      await page.waitForSelector("body[data-state=parked]", PATIENCE).catch(
        async (e) => {
          console.log(
            await page.textContent("#hero"),
            await page.textContent("#destinations"),
            await page.textContent("#changes"),
            JSON.stringify(service.sink?.report()),
          );
          throw e;
        },
      );
      await page.waitForSelector(".parked li:nth-child(2)", PATIENCE);
      assertMatch(
        await page.textContent("#sentence") ?? "",
        /^2 keys are parked;/,
      );
      assertEquals(await seriousFindings(page), []);
      await page.click("button[aria-label='Retry: public.orders/1']");
      await page.waitForSelector(
        ".parked button:text('Refused again')",
        PATIENCE,
      );
      isStrict = false;
      // The button has its first name again after a few seconds.
      await page.click(
        "button:is([aria-label='Refused again: public.orders/1'], [aria-label='Retry: public.orders/1'])",
      );
      await page.waitForSelector(".parked li:nth-child(2)", {
        ...PATIENCE,
        state: "detached",
      });
      // The question goes away after a few seconds.
      for (let isReleased = false; !isReleased;) {
        await page.click("button[aria-label='Release: public.orders/3']");
        isReleased = await page.click(
          "button[aria-label='Yes, release: public.orders/3']",
          { timeout: 4_000 },
        ).then(() => true, () => false);
      }
      await page.waitForSelector("body[data-state=streaming]", PATIENCE);
      assertEquals(accepted.sort(), ["public.orders/1", "public.orders/2"]);
      const act = (headers: Record<string, string>) =>
        service.fetch(
          new Request("http://localhost/retry", {
            method: "POST",
            headers,
            body: "{}",
          }),
        ).then(({ status }) => status);
      assertEquals(await act({}), 401);
      assertEquals(
        await act({
          authorization: "Bearer s3cret",
          origin: "http://evil.example",
        }),
        403,
      );
      assertEquals(await act({ authorization: "Bearer s3cret" }), 400);
      assertEquals(browser.complaints, []);
    },
    { majors: [18] },
  );
}
