import { expect, keep, open, test, unusedPreload } from '../support/test';

const table = '[data-testid=markets-table]';
const bitcoin = `${table} tr[data-coin=bitcoin]`;

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
    const names = await page.locator(`${table} tbody tr`).evaluateAll((rows) =>
      rows.map((row) => (row as HTMLElement).dataset.coin ?? ''));
    expect(names.length).toBeGreaterThanOrEqual(50);
    await expect(page.locator(`${table} th[aria-sort=ascending]`)).toHaveText(/Name/);
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
  await search.fill('no such coin');
  await expect(page.locator(`${table} tr[data-coin]`)).toHaveCount(0);
  await expect(page.getByText(/no coin/i)).toBeVisible();
  await keep(page, 'markets-nothing-found');
});

for (const [column, key] of [['Price', 'price'], ['24 h', 'change_24h'], ['Market cap', 'market_cap'], ['Volume', 'volume_24h']]) {
  test(`sorting by ${column} puts the largest first, then the smallest`, async ({ page }) => {
    await open(page, '/markets');
    const expected = async (order: string): Promise<string[]> => {
      const answer = await page.request.get(`/api/crypto?sort=${key}&order=${order}&limit=500`);
      const body = await answer.json() as { cryptocurrencies: { id: string }[] };
      return body.cryptocurrencies.map((coin) => coin.id);
    };
    const shown = (): Promise<string[]> => page.locator(`${table} tbody tr`).evaluateAll((rows) =>
      rows.map((row) => (row as HTMLElement).dataset.coin ?? ''));
    for (const order of ['desc', 'asc']) {
      await page.locator(`${table} th a`, { hasText: column }).click();
      await expect(page).toHaveURL(new RegExp(`sort=${key}`));
      // Prices move between the two looks: the ends of the list must agree, not every place in it.
      await expect(async () => {
        const [api, rows] = [await expected(order), await shown()];
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

test('gainers have risen and losers have fallen', async ({ page }) => {
  for (const [filter, wrong] of [['gainers', '▼'], ['losers', '▲']] as const) {
    await open(page, `/markets?filter=${filter}`);
    const rows = page.locator(`${table} tbody tr[data-coin]`);
    expect(await rows.count()).toBeGreaterThan(0);
    await expect(rows.filter({ hasText: wrong })).toHaveCount(0);
  }
});
