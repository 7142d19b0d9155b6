import type { Browser, Page } from '@playwright/test';
import { join, password, test } from '../support/people';
import type { Desk } from '../support/server';
import { expect, expectAccessible, keep, open } from '../support/test';
import { deposit } from '../support/trading';
import { bothWays, type Go } from '../support/ways';

/*
 * The administration: who gets in, what is done to accounts and withdrawals, and what is told of it.
 */

/** Comes to a page of the administration as an administrator. */
async function preside(page: Page, desk: Desk, path: string, go: Go = open): Promise<void> {
  desk.makeAdmin(await join(page, '/settings', go));
  await go(page, path);
}

/** Somebody else, in a browser of their own. The caller closes its context. */
async function somebody(browser: Browser, desk: Desk, next: string, go: Go, javaScriptEnabled: boolean): Promise<[Page, string]> {
  const context = await browser.newContext({ baseURL: desk.url, javaScriptEnabled });
  const page = await context.newPage();
  return [page, await join(page, next, go)];
}

/** The page about an account, found by its address. */
async function find(page: Page, email: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Users' }).click();
  await expect(page).toHaveURL('/admin/users');
  await page.getByLabel('Search').fill(email.toUpperCase());
  await page.getByRole('button', { name: 'Show' }).click();
  const found = page.getByTestId('users').getByRole('row').filter({ hasText: email });
  await expect(page.getByTestId('users').getByRole('row')).toHaveCount(2);
  await found.getByRole('link').click();
  await expect(page.getByTestId('account')).toContainText(email);
}

function said(page: Page, text: string): Promise<void> {
  return expect(page.getByRole('status').filter({ hasText: text })).toBeVisible();
}

bothWays(test, (go, javaScriptEnabled) => {
  test('an account is found, suspended and reinstated, and the log says so', async ({ page, browser, desk }) => {
    test.slow();
    const [ann, email] = await somebody(browser, desk, '/settings', go, javaScriptEnabled);
    await preside(page, desk, '/settings', go);
    await page.getByTestId('user-menu').locator('summary').click();
    await page.getByTestId('user-menu').getByRole('link', { name: 'Administration' }).click();
    await expect(page).toHaveURL('/admin');
    await expect(page.getByTestId('user-counts')).toContainText('Administrators');
    await find(page, email);
    await page.getByRole('button', { name: 'Suspend' }).click();
    await said(page, 'The account is suspended');
    await go(ann, '/settings');
    await expect(ann).toHaveURL(/\/auth/);
    await page.getByRole('button', { name: 'Reinstate' }).click();
    await said(page, "a user's now");
    await page.getByRole('link', { name: 'What was done to them' }).click();
    await expect(page).toHaveURL(/subject=/);
    const log = page.getByTestId('audit');
    await expect(log.getByRole('row').filter({ hasText: 'account_suspended' })).toHaveCount(1);
    await expect(log.getByRole('row').filter({ hasText: 'account_reinstated' })).toHaveCount(1);
    await page.getByRole('button', { name: 'Check the whole log' }).click();
    await said(page, 'The log is whole');
    await ann.context().close();
  });

  test('an act asks for a proof in place, and one that was sent too late is done with it', async ({ page, browser, desk, expectConsole }) => {
    expectConsole(/status of 403/);
    test.slow();
    const [ann, email] = await somebody(browser, desk, '/settings', go, javaScriptEnabled);
    await preside(page, desk, '/admin', go);
    await find(page, email);
    desk.letProofsGrowOld();
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await expect(page.getByText('It is done as soon as you have.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Sign out everywhere' })).toHaveCount(0);
    await page.getByTestId('step-up').getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await said(page, 'signed out everywhere');
    await expect(page.getByText('Signed in nowhere.')).toBeVisible();
    await go(ann, '/settings');
    await expect(ann).toHaveURL(/\/auth/);
    await ann.context().close();
  });

  test('a large withdrawal waits, and is approved', async ({ page, browser, desk }) => {
    test.slow();
    const [ann] = await somebody(browser, desk, '/wallet', go, javaScriptEnabled);
    await deposit(ann, { BTC: '0.5' });
    const form = ann.getByTestId('new-address');
    await form.getByLabel('Address').fill('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4');
    await form.getByLabel('Label').fill('Cold');
    await form.getByRole('button', { name: 'Add address' }).click();
    await expect(ann.getByTestId('addresses').getByRole('listitem')).toHaveCount(1);
    desk.letAddressesGrowOld();
    await go(ann, '/wallet');
    const withdraw = ann.getByTestId('withdraw');
    await withdraw.getByLabel('Amount').fill('0.4321');
    await withdraw.getByRole('button', { name: 'Withdraw' }).click();
    await expect(ann.getByTestId('withdrawals')).toContainText('Waits for an administrator');
    await preside(page, desk, '/admin', go);
    await page.getByRole('link', { name: 'Decide about withdrawals' }).click();
    await expect(page).toHaveURL('/admin/withdrawals');
    await page.getByRole('button', { name: 'Approve 0.4321 BTC' }).first().click();
    await said(page, 'The withdrawal is approved');
    await expect(async () => {
      await go(ann, '/wallet');
      await expect(ann.getByTestId('withdrawals')).toContainText('Sent');
    }).toPass();
    await ann.context().close();
  });

  test('whoever is no administrator finds nothing there, and no way to it', async ({ page, expectConsole }) => {
    expectConsole(/status of 404/);
    await join(page, '/settings', go);
    await page.getByTestId('user-menu').locator('summary').click();
    await expect(page.getByRole('link', { name: 'Settings' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Administration' })).toHaveCount(0);
    for (const path of ['/admin', '/admin/users', '/admin/nothing']) {
      await go(page, path);
      await expect(page.getByTestId('not-found')).toBeVisible();
      await expect(page.getByText('Audit log')).toHaveCount(0);
    }
  });
});

for (const width of [360, 1280]) {
  test(`the administration is tidy and accessible, ${width} wide`, async ({ page, browser, desk }) => {
    test.slow();
    const [ann, email] = await somebody(browser, desk, '/wallet', open, true);
    await deposit(ann, { USD: '12345.67', BTC: '0.12345678' });
    await page.setViewportSize({ width, height: 800 });
    await preside(page, desk, '/admin');
    await find(page, email);
    const account = new URL(page.url()).pathname;
    for (const [path, name] of [
      ['/admin', 'overview'], ['/admin/users', 'users'], [account, 'account'], ['/admin/withdrawals', 'withdrawals'],
      ['/admin/audit?check=1', 'audit'], ['/admin/system', 'system'],
    ] as const) {
      await open(page, path);
      await expect(page.locator('h1')).toHaveCount(1);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(sideways, `horizontal scrolling at ${path}`).toBeLessThanOrEqual(0);
      await expectAccessible(page);
      await keep(page, `admin-${name}-${width}`);
    }
    await ann.context().close();
  });
}
