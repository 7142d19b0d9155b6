import { createHmac } from 'node:crypto';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from '@playwright/test';
import { Desk } from './server';
import { expect, open, test as base } from './test';
import type { Go } from './ways';

export const password = 'plum anchor violet teapot';

/** Counts no tries: every test signs in from the same address. */
export const patient = { AUTH_RATE_LIMIT_PER_MINUTE: '100000' };

/** A desk for people. */
export const test = base.extend<object, { desk: Desk }>({
  desk: [async ({}, use) => {
    const desk = await Desk.start(patient);
    await use(desk);
    await desk.stop();
  }, { scope: 'worker' }],
});

let people = 0;

/** An address that no other test uses. */
export function address(): string {
  people += 1;
  return `ann-${process.pid}-${Date.now()}-${people}@example.com`;
}

/** Fills in and sends the page for new accounts. */
export async function askForAccount(page: Page, email: string): Promise<void> {
  await page.getByLabel('Name').fill('Ann Example');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
}

/** Makes an account by the page for new ones. */
export async function register(page: Page, email: string, next: string): Promise<void> {
  await askForAccount(page, email);
  await expect(page).toHaveURL(next);
  await expect(page.getByTestId('user-menu')).toContainText('Ann Example');
}

/** Makes an account and comes to a page with it. */
export async function join(page: Page, next: string, go: Go = open): Promise<string> {
  const email = address();
  await go(page, `/auth/register?next=${next}`);
  await register(page, email, next);
  return email;
}

/** Loses a cookie, as a browser does when its time is over. */
export async function lose(page: Page, name: string): Promise<void> {
  await page.context().clearCookies({ name });
}

export async function logOut(page: Page): Promise<void> {
  await page.getByTestId('user-menu').locator('summary').click();
  await page.getByTestId('user-menu').getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/auth');
  await expect(page.getByTestId('sign-in')).toBeVisible();
}

export async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Somebody's second device, signed in. The caller closes its context. */
export async function elsewhere(browser: Browser, desk: Desk, email: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: desk.url, ...options });
  const page = await context.newPage();
  const go: Go = options.javaScriptEnabled === false ? async (on, path) => { await on.goto(path); } : open;
  await go(page, '/auth?next=/settings');
  await signIn(page, email);
  await expect(page).toHaveURL('/settings');
  return page;
}

/** Turns the second factor on, on the page about security. Gives its secret. */
export async function turnOnSecondFactor(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Set up' }).click();
  const secret = await page.getByTestId('totp-secret').innerText();
  await page.getByRole('textbox', { name: 'Code' }).fill(totp(secret));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByTestId('recovery-codes').getByRole('listitem')).toHaveCount(10);
  return secret;
}

/** The names of the cookies of somebody who is signed in. */
export async function tokens(context: BrowserContext): Promise<string[]> {
  const cookies = await context.cookies();
  return cookies.map((cookie) => cookie.name).filter((name) => name.endsWith('_token')).sort();
}

/** The code an authenticator app shows (RFC 6238), some steps of 30 seconds from now. */
export function totp(secret: string, steps = 0): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.trim()].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const sum = createHmac('sha1', key).update(counter).digest();
  const at = (sum.at(-1) ?? 0) & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
