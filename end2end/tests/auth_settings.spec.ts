import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { elsewhere, join, logOut, lose, password, test, tokens } from '../support/people';
import { expect, open } from '../support/test';
import { Wallet } from '../support/wallet';
import { bothWays } from '../support/ways';

bothWays(test, (go, javaScriptEnabled) => {
  test('one of several devices is signed out, and the others stay', async ({ page, browser, desk }) => {
    const email = await join(page, '/settings/sessions', go);
    const other = await elsewhere(browser, desk, email, { javaScriptEnabled });
    await go(page, '/settings/sessions');
    const rows = page.getByTestId('sessions').getByRole('listitem');
    await expect(rows).toHaveCount(2);
    await rows.filter({ hasNotText: 'This device' }).getByRole('button', { name: 'End' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'signed out' })).toBeVisible();
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText('This device');
    await other.goto('/settings/security');
    await expect(other).toHaveURL('/auth?next=/settings/security');
    await other.context().close();
  });

  test('a linked wallet is taken from the account again', async ({ page, desk }) => {
    await join(page, '/settings', go);
    const wallet = new Wallet();
    await wallet.link(page, desk);
    await go(page, '/settings/wallets');
    const rows = page.getByTestId('wallets').getByRole('listitem');
    await expect(rows).toContainText(new RegExp(wallet.account, 'i'));
    await rows.getByRole('button', { name: 'Unlink' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The wallet is unlinked.' })).toBeVisible();
    await expect(rows).toHaveCount(0);
  });

  test('the colours are chosen on their page, and stay', async ({ page }) => {
    await join(page, '/settings/appearance', go);
    const html = page.locator('html');
    for (const [name, theme] of [['Light', 'light'], ['Dark', 'dark'], ['Light', 'light']] as const) {
      await page.getByRole('main').getByRole('button', { name, exact: true }).click();
      await expect(html).toHaveAttribute('data-theme', theme);
      await expect(page).toHaveURL('/settings/appearance');
      await go(page, '/markets');
      await expect(html).toHaveAttribute('data-theme', theme);
      await go(page, '/settings/appearance');
    }
  });

  test('one\'s data is downloaded also when the page has been open for long', async ({ page, context }) => {
    const email = await join(page, '/settings', go);
    // It ends after 15 minutes; nothing asks for a new one while somebody reads.
    await lose(page, 'access_token');
    const waiting = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download my data' }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe('cryptovault.json');
    const data = readFileSync(await download.path(), 'utf8');
    expect(JSON.parse(data)).toMatchObject({ user: { email } });
    expect(await tokens(context)).toEqual(['access_token', 'refresh_token']);
    await expect(page).toHaveURL('/settings');
  });
});

/** Holds the answers to a form until the test lets them go; counts how often it was sent. */
async function hold(page: Page, path: string): Promise<{ sent(): number; release(): void }> {
  let sent = 0;
  let release = (): void => undefined;
  const held = new Promise<void>((resume) => { release = resume; });
  await page.route(`**${path}`, async (route) => {
    sent += 1;
    await held;
    await route.continue();
  });
  return { sent: () => sent, release };
}

/** Presses a button again and again while its form is under way: it is sent once. */
async function pressOften(page: Page, name: string, path: string): Promise<void> {
  const form = await hold(page, path);
  const button = page.getByRole('main').getByRole('button', { name, exact: true });
  await button.click();
  await expect(button).toHaveAttribute('aria-busy', 'true');
  await expect(button).toBeFocused();
  await button.click();
  await page.keyboard.press('Enter');
  await button.evaluate((pressed) => { (pressed as HTMLButtonElement).form?.requestSubmit(); });
  await expect.poll(form.sent).toBe(1);
  form.release();
  await expect(button.and(page.locator('[aria-busy]'))).toHaveCount(0);
  expect(form.sent(), path).toBe(1);
  await page.unroute(`**${path}`);
}

test('a form that is under way is not sent again, however often its button is pressed', async ({ page }) => {
  const email = await join(page, '/settings');
  await page.getByLabel('Name').fill('Anna');
  await pressOften(page, 'Save', '/_fn/auth/me/update');
  await expect(page.getByTestId('user-menu')).toContainText('Anna');

  await open(page, '/settings/api-keys');
  await page.getByLabel('Name').fill('Bot');
  await page.getByLabel('Read').check();
  await pressOften(page, 'Make key', '/_fn/auth/api-keys/make');
  await expect(page.getByTestId('api-keys').getByRole('listitem')).toHaveCount(1);

  await logOut(page);
  await open(page, '/auth?next=/settings/sessions');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await pressOften(page, 'Sign in', '/_fn/auth/login');
  await expect(page).toHaveURL('/settings/sessions');
  await expect(page.getByTestId('sessions').getByRole('listitem')).toHaveCount(1);
});
