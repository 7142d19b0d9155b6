import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { Desk } from './server';

/** What a test may use beside Playwright's own fixtures. */
interface Fixtures {
  /** Says which console messages this test causes on purpose (a pulled cable, for example). */
  expectConsole(pattern: RegExp): void;
}

/** Screenshots are kept here, to be looked at. */
const ARTIFACTS = join(import.meta.dirname, '..', 'artifacts');

/**
 * One simulated desk per worker; and a page that fails its test on any console message at all:
 * hydration warnings, CSP violations, missing files, panics.
 */
export const test = base.extend<Fixtures & { quiet: undefined; allowed: RegExp[] }, { desk: Desk }>({
  desk: [async ({}, use) => {
    const desk = await Desk.start();
    await use(desk);
    await desk.stop();
  }, { scope: 'worker' }],
  baseURL: async ({ desk }, use) => use(desk.url),
  allowed: async ({}, use) => use([]),
  expectConsole: async ({ allowed }, use) => use((pattern) => { allowed.push(pattern); }),
  quiet: [async ({ context, allowed }, use) => {
    const said: string[] = [];
    context.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    context.on('weberror', (error) => said.push(`uncaught: ${error.error().message}`));
    await use(undefined);
    expect(said.filter((line) => !allowed.some((pattern) => pattern.test(line))), 'console').toEqual([]);
  }, { auto: true }],
});

export { expect };

/** What Chromium writes where scripts are off: the page offers WebAssembly that nobody takes. */
export const unusedPreload = /was preloaded using link preload but not used/;

/** Opens a page and waits until WebAssembly has taken over. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation { id: string; nodes: { target: string[] }[] }

/** Fails on any accessibility violation axe can find for WCAG 2.2 AA. */
export async function expectAccessible(page: Page): Promise<void> {
  // While a page comes alive its title is written anew.
  await expect(page).toHaveTitle(/./);
  // Evaluated by the debugger, so the page's own policy against inline scripts stays in force.
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } };
    const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return (await axe.run({ runOnly: { type: 'tag', values } })).violations;
  });
  expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
}

/** Keeps a screenshot of the whole page under a telling name. */
export async function keep(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage: true });
}

/** Closes all pages: whoever looks on while a server ends tells the console that it is gone. */
export async function leave(context: BrowserContext): Promise<void> {
  await Promise.all(context.pages().map((page) => page.close()));
}
