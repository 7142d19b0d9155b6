import type { Page } from '@playwright/test';
import { expect, keep, open, test, unusedPreload } from '../support/test';

const table = '[data-testid=markets-table]';
const bitcoin = `${table} tr[data-coin=bitcoin]`;

/** The ids of the rows, from top to bottom. */
const shown = (page: Page): Promise<string[]> => page.locator(`${table} tbody tr`).evaluateAll((rows) =>
  rows.map((row) => (row as HTMLElement).dataset.coin ?? ''));

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test.beforeEach(({ expectConsole }) => expectConsole(unusedPreload));

  test('the rows stand visibly in the page, with their prices', async ({ page }) => {
    const answer = await page.goto('/markets');
    expect(answer?.status()).toBe(200);
    await expect(page.locator(`${table} tbody tr`).first()).toBeVisible();
    expect(await page.locator(`${table} tbody tr`).count()).toBeGreaterThanOrEqual(50);
    await expect(page.locator(`${bitcoin} [data-field=price]`)).toHaveText(/\$[\d,.]+/);
    await expect(page.getByText(/simulated/i).first()).toBeVisible();
    await keep(page, 'markets-without-javascript');
  });

  test('search and sort work by query string', async ({ page }) => {
    await page.goto('/markets');
    await page.locator('form[role=search] input[name=search]').fill('bit');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/search=bit/);
    await expect(page.locator(bitcoin)).toBeVisible();
    await expect(page.locator(`${table} tr[data-coin=ethereum]`)).toHaveCount(0);
    await page.goto('/markets');
    await page.locator(`${table} th a`, { hasText: 'Name' }).click();
    await expect(page).toHaveURL(/sort=name/);
    await expect(page.locator(`${table} th[aria-sort=ascending]`)).toHaveText(/Name/);
    const names = await page.locator(`${table} tbody .coin-name`).allTextContents();
    expect(names.length).toBeGreaterThanOrEqual(50);
    const folded = names.map((name) => name.toLowerCase());
    expect(folded).toEqual([...folded].sort((a, b) => (a < b ? -1 : Number(a > b))));
    await page.locator(`${table} th a`, { hasText: 'Name' }).click();
    await expect(page.locator(`${table} th[aria-sort=descending]`)).toHaveText(/Name/);
    expect(await page.locator(`${table} tbody .coin-name`).first().textContent()).toBe(names.at(-1));
  });

  // A page without scripts shows one moment: which coins are listed and how they moved belong together.
  test('gainers have risen and losers have fallen', async ({ page }) => {
    for (const [filter, right] of [['gainers', '▲'], ['losers', '▼']] as const) {
      await page.goto(`/markets?filter=${filter}`);
      const rows = page.locator(`${table} tbody tr[data-coin]`);
      const count = await rows.count();
      expect(count).toBeGreaterThan(0);
      await expect(page.locator(`${table} [data-field=change]`).filter({ hasText: right })).toHaveCount(count);
    }
  });

  test('it says that prices are those of the moment of loading', async ({ page }) => {
    await page.goto('/markets');
    // By class: Playwright's look for texts leaves out what stands in `noscript`.
    await expect(page.locator('.page-note')).toBeVisible();
    await keep(page, 'markets-note-without-javascript');
  });

  test('a star keeps a coin among the favourites', async ({ page }) => {
    await page.goto('/markets');
    await page.locator(`${bitcoin} button[data-testid=watch]`).click();
    await page.goto('/markets?filter=favourites');
    await expect(page.locator(`${table} tbody tr[data-coin]`)).toHaveCount(1);
    await expect(page.locator(bitcoin)).toBeVisible();
  });
});

test('a live price moves its cell', async ({ page }) => {
  await open(page, '/markets');
  const cells = page.locator(`${table} [data-field=price]`);
  const before = await cells.allTextContents();
  await expect.poll(async () => (await cells.allTextContents()).filter((text, i) => text !== before[i]).length)
    .toBeGreaterThan(0);
});

test('searching filters while typing, keeps the address in step, and says what to do when nothing is found', async ({ page }) => {
  await open(page, '/markets');
  const search = page.locator('form[role=search] input[name=search]');
  await search.fill('ETH');
  await expect(page.locator(`${table} tr[data-coin=ethereum]`)).toBeVisible();
  await expect(page.locator(bitcoin)).toHaveCount(0);
  await expect(page).toHaveURL(/search=ETH/i);
  const found = (await shown(page)).length;
  await expect(page.locator('[data-testid=outcome][role=status]')).toHaveText(`${found} coin${found === 1 ? '' : 's'}`);
  await search.fill('no such coin');
  await expect(page.locator(`${table} tr[data-coin]`)).toHaveCount(0);
  await expect(page.getByRole('heading', { name: /no coin matches/i })).toBeVisible();
  await expect(page.locator('[data-testid=outcome]')).toHaveText('No coin matches “no such coin”');
  await keep(page, 'markets-nothing-found');
});

test('what looks encoded is searched as it was typed', async ({ page }) => {
  await open(page, '/markets');
  const search = page.locator('form[role=search] input[name=search]');
  await search.fill('%41');
  await expect(page).toHaveURL(/search=%2541/);
  await expect(page.getByRole('heading', { name: 'No coin matches “%41”' })).toBeVisible();
  await expect(search).toHaveValue('%41');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'No coin matches “%41”' })).toBeVisible();
  await expect(search).toHaveValue('%41');
});

const columns = [
  { name: 'Rank by market cap', key: 'rank', orders: ['desc', 'asc'] },
  { name: 'Name', key: 'name', orders: ['asc', 'desc'] },
  { name: 'Price', key: 'price', orders: ['desc', 'asc'] },
  { name: '24 h', key: 'change_24h', orders: ['desc', 'asc'] },
  { name: 'Market cap', key: 'market_cap', orders: ['desc', 'asc'] },
  { name: 'Volume', key: 'volume_24h', orders: ['desc', 'asc'] },
];
for (const { name, key, orders } of columns) {
  test(`sorting by ${name}: ${orders.join(' first, then ')}`, async ({ page }) => {
    await open(page, '/markets');
    const expected = async (order: string): Promise<string[]> => {
      const answer = await page.request.get(`/api/crypto?sort=${key}&order=${order}&limit=500`);
      const body = await answer.json() as { cryptocurrencies: { id: string }[] };
      return body.cryptocurrencies.map((coin) => coin.id);
    };
    for (const order of orders) {
      await page.locator(`${table} thead`).getByRole('link', { name, exact: true }).click();
      await expect(page).toHaveURL(new RegExp(`sort=${key}&order=${order}`));
      const direction = order === 'asc' ? 'ascending' : 'descending';
      await expect(page.locator(`${table} th[aria-sort=${direction}]`)).toHaveCount(1);
      // Figures move between the two looks: the ends of the list must agree, not every place in it.
      await expect(async () => {
        const [api, rows] = [await expected(order), await shown(page)];
        expect(rows.length).toBe(api.length);
        expect(api.slice(0, 5)).toContain(rows[0]);
        expect(api.slice(-5)).toContain(rows.at(-1));
      }).toPass();
    }
  });
}

test('a star toggles at once and survives a reload', async ({ page }) => {
  await open(page, '/markets');
  const star = page.locator(`${bitcoin} button[data-testid=watch]`);
  await star.click();
  await expect(star).toHaveAttribute('aria-pressed', 'true');
  await open(page, '/markets?filter=favourites');
  await expect(page.locator(`${table} tbody tr[data-coin]`)).toHaveCount(1);
  await page.locator(`${bitcoin} button[data-testid=watch]`).click();
  await expect(page.locator(`${table} tbody tr[data-coin]`)).toHaveCount(0);
});

test('stars of another tab: the page comes alive as it was sent, then catches up', async ({ page }) => {
  // Runs before the page's own script: as if another tab had changed the list since it was sent.
  await page.addInitScript(() => { document.cookie = 'watch=bitcoin; path=/'; });
  await open(page, '/markets?filter=favourites');
  await expect(page.locator(`${table} tbody tr[data-coin]`)).toHaveCount(1);
  await page.evaluate(() => { document.cookie = 'watch=bitcoin~solana; path=/'; });
  await page.locator('nav[aria-label=Main] a', { hasText: 'Markets' }).click();
  await page.locator(`${table} tr[data-coin=ethereum] button[data-testid=watch]`).click();
  // What the other tab has starred meanwhile is not lost.
  await expect(page.locator(`${table} tr[data-coin=solana] button[data-testid=watch]`)).toHaveAttribute('aria-pressed', 'true');
  expect(await page.evaluate(() => document.cookie)).toContain('watch=bitcoin~ethereum~solana');
});

test('without favourites the list says how to get some', async ({ page }) => {
  await open(page, '/markets?filter=favourites');
  const empty = page.locator('[data-testid=empty]');
  await expect(empty).toContainText('No favourites yet');
  await expect(empty).toContainText('Press the star');
  await keep(page, 'markets-no-favourites');
  await empty.getByRole('link', { name: 'Show all coins' }).click();
  await expect(page.locator(bitcoin)).toBeVisible();
});

test('the week of a coin is told in words too', async ({ page }) => {
  await open(page, '/markets');
  await expect(page.locator(`${bitcoin} .col-spark`)).toHaveText(/^7 days: (up|down) [\d.]+%$|^7 days: unchanged$/);
});
