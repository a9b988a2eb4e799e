import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

/** Where Debian has Chromium; `CHROMIUM` names another one. */
const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

/** How long to wait for what a page shows, far longer than it takes. */
export const PATIENCE = { timeout: 120_000 };

/** Whether there is a browser to test the page in. */
export const HAS_BROWSER: boolean = hasFile(CHROMIUM);

if (!HAS_BROWSER) {
  console.warn(
    `SKIPPED: the live page is not tested, since ${CHROMIUM} is missing; install chromium, or set CHROMIUM`,
  );
}

/** What a page is opened with. */
export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  readonly cookies?: Readonly<Record<string, string>>;
}

/** A browser, and what it reported. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens an address. */
  open(url: string, options?: OpenOptions): Promise<Page>;
  /** Errors of pages' scripts, refusals of the content security policy, and foreign requests. */
  readonly complaints: readonly string[];
}

/** Starts Chromium without a window. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    timeout: PATIENCE.timeout,
  });
  const complaints: string[] = [];
  return {
    complaints,
    async open(
      url,
      { width = 1280, height = 900, scheme = "light", cookies = {} } = {},
    ) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        reducedMotion: "reduce",
      });
      await context.addCookies(
        Object.entries(cookies).map(([name, value]) => ({ name, value, url })),
      );
      context.setDefaultTimeout(PATIENCE.timeout);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        // A lost link is part of the tests.
        const isExpected = /Failed to load resource|ERR_/.test(message.text());
        if (message.type() === "error" && !isExpected) {
          complaints.push(message.text());
        }
      });
      page.on("request", (request) => {
        if (
          new URL(request.url()).origin !== new URL(url).origin &&
          !request.url().startsWith("data:")
        ) {
          complaints.push(`asked ${request.url()}`);
        }
      });
      await page.goto(url);
      return page;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** What axe-core finds serious or critical on a page. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Not by a script element, which the content security policy refuses.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(
    "axe.run().then((result) => result.violations)",
  ) as readonly Violation[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) =>
        `${id}: ${html.slice(0, 120)} ${failureSummary}`
      )
    );
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly {
    readonly html: string;
    readonly failureSummary: string;
  }[];
}

/** Whether a page is wider than its window. */
export async function scrollsSideways(page: Page): Promise<boolean> {
  return await page.evaluate(
    "document.documentElement.scrollWidth > document.documentElement.clientWidth",
  );
}

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
