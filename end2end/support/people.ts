import { createHmac } from 'node:crypto';
import type { BrowserContext, Page } from '@playwright/test';
import { Desk } from './server';
import { expect, open, test as base } from './test';

export const password = 'plum anchor violet teapot';

/** A desk that counts no tries: every test signs in from the same address. */
export const test = base.extend<object, { desk: Desk }>({
  desk: [async ({}, use) => {
    const desk = await Desk.start({ AUTH_RATE_LIMIT_PER_MINUTE: '100000' });
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

/** Fills in the page for new accounts. */
export async function register(page: Page, email: string, next: string): Promise<void> {
  await page.getByLabel('Name').fill('Ann Example');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(next);
  await expect(page.getByTestId('user-menu')).toContainText('Ann Example');
}

/** Makes an account and comes to a page with it. */
export async function join(page: Page, next: string): Promise<string> {
  const email = address();
  await open(page, `/auth/register?next=${next}`);
  await register(page, email, next);
  return email;
}

export async function logOut(page: Page): Promise<void> {
  await page.getByTestId('user-menu').locator('summary').click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/auth');
  await expect(page.getByTestId('sign-in')).toBeVisible();
}

export async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
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
