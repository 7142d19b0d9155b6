import { join, test } from '../support/people';
import { expect, open } from '../support/test';

/*
 * Every page once, and the ways between them. Any word in the console fails the test (`quiet`). Run
 * a second time with a client that has debug assertions, in which Leptos says what it finds wrong:
 * resources read outside a Suspense, signals read untracked or after their end, a page that does
 * not fit the tree it is hydrated with.
 */

const pages = [
  '/', '/markets?search=bit&sort=price&order=asc', '/markets?filter=gainers', '/markets?search=nothing-like-it',
  '/coins/bitcoin', '/coins/bitcoin?range=1m&kind=candles',
];

for (const path of pages) {
  test(`${path} comes alive without a word of warning`, async ({ page }) => {
    await open(page, path);
    await expect(page.locator('h1')).toBeVisible();
    // Until the stream has moved something, much of the page has not run yet.
    await expect(page.getByTestId('price-status')).toHaveAttribute('data-state', /live|simulated/);
  });
}

test('moving between the pages gives no reason to warn', async ({ page }) => {
  await open(page, '/');
  await page.locator('tr[data-coin="bitcoin"] a').first().click();
  await expect(page).toHaveTitle(/Bitcoin/);
  await page.goBack();
  await expect(page.locator('tr[data-coin="ethereum"]')).toBeVisible();
  await page.getByRole('searchbox').fill('eth');
  await expect(page.locator('tr[data-coin="bitcoin"]')).toBeHidden();
  await page.locator('tr[data-coin="ethereum"] a').first().click();
  await expect(page).toHaveTitle(/Ethereum/);
  await page.goBack();
  await expect(page.locator('tr[data-coin="ethereum"]')).toBeVisible();
});

test('what is there for somebody who is signed in gives no reason to warn', async ({ page, desk }) => {
  test.slow();
  desk.makeAdmin(await join(page, '/wallet'));
  const money = page.getByTestId('deposit');
  await money.getByLabel('Asset').selectOption('USD');
  await money.getByLabel('Amount').fill('1000');
  await money.getByRole('button', { name: 'Deposit' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'are in your wallet' })).toBeVisible();
  for (const path of [
    '/dashboard', '/trade/BTC-USD', '/wallet', '/transactions', '/settings', '/settings/security',
    '/admin', '/admin/users', '/admin/withdrawals', '/admin/audit', '/admin/system',
  ]) {
    await open(page, path);
    await expect(page.locator('h1')).toBeVisible();
  }
  const links = page.getByRole('navigation', { name: 'Main' });
  await links.getByRole('link', { name: 'Dashboard' }).click();
  const methods = page.getByTestId('methods');
  await expect(page.getByTestId('total-value')).toHaveText('$1,000.00');
  await methods.getByRole('link', { name: 'HIFO' }).click();
  await expect(methods.getByRole('link', { name: 'HIFO' })).toHaveAttribute('aria-current', 'true');
  await page.getByRole('link', { name: 'Add a holding' }).click();
  await expect(page.getByTestId('add-holding')).toBeVisible();
  await page.getByRole('link', { name: 'Close' }).click();
  await links.getByRole('link', { name: 'Trade' }).click();
  await expect(page.getByTestId('ticket')).toBeVisible();
  await links.getByRole('link', { name: 'Markets' }).click();
  await expect(page.locator('tr[data-coin="bitcoin"]')).toBeVisible();
});
