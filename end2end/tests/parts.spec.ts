import type { Page } from '@playwright/test';
import { expect, open, test } from '../support/test';

const coinPart = '**/split_coin.*.wasm';

/** The names of the modules that are fetched from now on. */
function modules(page: Page): string[] {
  const fetched: string[] = [];
  page.on('request', (request) => {
    const module = /\/pkg\/(\w+)\.[\w-]+\.wasm$/.exec(request.url())?.[1];
    if (module) fetched.push(module);
  });
  return fetched;
}

test('a page loads its own part and no other; the next one comes when it is opened', async ({ page }) => {
  const fetched = modules(page);
  await open(page, '/markets');
  expect(fetched).toContain('split_markets');
  expect(fetched).not.toContain('split_coin');
  expect(new Set(fetched).size).toBe(fetched.length);
  // Named in the head, so that it need not wait for the main module.
  await expect(page.locator('link[rel=preload][href*="/split_markets."]')).toHaveCount(1);
  await page.locator('tr[data-coin=solana] a.coin').click();
  await expect(page.locator('h1')).toContainText('Solana');
  expect(fetched).toContain('split_coin');
});

test('a page whose part does not come is loaded as a whole', async ({ page, expectConsole }) => {
  expectConsole(/Failed to load resource|Failed to fetch/);
  await open(page, '/markets');
  await page.route(coinPart, (route) => route.abort(), { times: 1 });
  const again = page.waitForEvent('load');
  await page.locator('tr[data-coin=solana] a.coin').click();
  await again;
  await expect(page).toHaveURL(/\/coins\/solana$/);
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await expect(page.locator('h1')).toContainText('Solana');
});

test('a page that was sent without its part stays as it was sent', async ({ page, expectConsole }) => {
  expectConsole(/Failed to load resource|Failed to fetch|was preloaded using link preload/);
  let loads = 0;
  page.on('load', () => { loads += 1; });
  await page.route(coinPart, (route) => route.abort());
  const told = page.waitForEvent('console', (message) => message.text().includes('Failed to fetch'));
  await page.goto('/coins/solana');
  await told;
  await expect(page.locator('h1')).toContainText('Solana');
  await expect(page.locator('[data-field=price]').first()).toBeVisible();
  expect(loads).toBe(1);
});
