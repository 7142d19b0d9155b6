import { expect, open, test } from '../support/test';

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
