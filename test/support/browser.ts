/** The console in a real Chromium, and what goes wrong in it. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { seriousFindings } from './accessibility.ts';
import { skipUnless } from '../deploy/skip-unless.ts';

/** Where Debian, Ubuntu and Fedora put it; `CHROMIUM` names another one. */
const PROGRAMS = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const WIDE = { width: 1400, height: 900 };
export const NARROW = { width: 400, height: 800 };

/** To be called in `before`; the caller closes it. Skips the tests where no Chromium is installed. */
export async function startBrowser(context: Mocha.Context): Promise<Browser> {
  const program = findChromium();
  const missing = 'not installed: chromium; on Debian: apt-get install chromium';
  skipUnless(program !== undefined, missing, { context });
  return launchChromium(program ?? '');
}

export function findChromium(): string | undefined {
  return PROGRAMS.find((path) => path !== '' && existsSync(path));
}

export function launchChromium(program: string): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: CHROMIUM_FLAGS });
}

export interface ConsoleOptions {
  readonly opsUrl: string;
  /** Such as `lookup`; the first tab by default. */
  readonly tab?: string;
  readonly theme?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
  /** The password of HTTP Basic. */
  readonly key?: string;
  readonly locale?: string;
  /** The service refuses or is away on purpose: requests that fail are no complaints. */
  readonly mayFailToLoad?: boolean;
}

/** A page of the console in a profile without history. */
export interface ConsolePage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Violations of the Content-Security-Policy, exceptions and what the console of the browser says, so far. */
  readonly complaints: readonly string[];
  /** The addresses that the page has asked for. */
  readonly requests: readonly string[];
}

/** Opens the page, and waits until the tab is there. */
export async function openConsole(
  browser: Browser,
  {
    opsUrl,
    tab,
    theme = 'light',
    size = WIDE,
    key,
    locale = 'en-GB',
    mayFailToLoad = false,
  }: ConsoleOptions,
): Promise<ConsolePage> {
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: size,
    locale,
    reducedMotion: 'reduce',
    ...(key === undefined ? {} : { httpCredentials: { username: '', password: key } }),
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    // However a connection ends (refused, reset, closed before use), Chromium begins with these words.
    if (mayFailToLoad && message.text().startsWith('Failed to load resource:')) return;
    complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`${opsUrl}/console/${tab === undefined ? '' : `#${tab}`}`);
  await page.getByRole('tabpanel').locator(':scope > :not(.loading):not(h1)').first().waitFor();
  return { page, context, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}

/** Whether nothing is cut off at the right: the page scrolls down only. */
export function fitsWidth(page: Page): Promise<boolean> {
  const root = 'document.documentElement';
  return page.evaluate<boolean>(`${root}.scrollWidth <= ${root}.clientWidth`);
}

/** @returns what is wrong with the page as it is in both themes, narrow and wide: findings of axe, and what is cut off. */
export async function lookFaults(page: Page): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    for (const size of [NARROW, WIDE]) {
      await page.setViewportSize(size);
      const found = await seriousFindings(page);
      if (!(await fitsWidth(page))) faults.push(`${theme}, ${size.width} px: wider than the page`);
      faults.push(...found.map((finding) => `${theme}, ${size.width} px: ${finding}`));
    }
  }
  return faults;
}
