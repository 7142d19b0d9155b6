import type { Page } from '@playwright/test';
import { send, take } from '../support/imports';
import { join } from '../support/people';
import { expect, expectAccessible, keep, open } from '../support/test';
import { review, START, test, trader } from '../support/trading';
import { bothWays } from '../support/ways';

/** Five years of trades, with fees, partial sales and days of several trades. */
function trades(): string {
  const rows = ['date,type,asset,quantity,total,fee'];
  const coins: [string, number][] = [['BTC', 20_000], ['ETH', 1_500], ['SOL', 40]];
  for (let month = 0; month < 60; month += 1) {
    const date = `${2020 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-15`;
    for (const [asset, price] of coins) {
      const cost = price * (1 + ((month * 7) % 13) / 10);
      rows.push(`${date},buy,${asset},0.${37 + month}1,${(cost * 0.4).toFixed(2)},${(cost / 1_000).toFixed(2)}`);
      if (month % 3 === 2) rows.push(`${date},sell,${asset},0.${11 + month}7,${(cost * 0.3).toFixed(2)},0.5`);
    }
  }
  return rows.join('\n');
}

/** Every figure that explains itself, with all of its digits. */
async function figures(page: Page): Promise<Record<string, string>> {
  const found = await page.locator('[data-figure]').evaluateAll((links) => links.map((link) => [
    link.getAttribute('data-figure') ?? '', (link.getAttribute('title') ?? '').split(':')[0] ?? '',
  ]));
  return Object.fromEntries(found) as Record<string, string>;
}

interface Holding {
  asset: string; quantity: string; price: string; share: string; value: string; cost: string; unrealised: string; realised: string;
}
interface Portfolio { total_value: string; cost_basis: string; unrealised: string; realised: string; fees: string; holdings: Holding[] }
interface Point { date: string; value: string | null; inflow: string; outflow: string }
interface Performance {
  time_weighted: string | null; money_weighted: string | null; profit: string | null;
  today: string | null; today_return: string | null; points: Point[];
}

/** The same figures, as the server computes them. */
async function told(page: Page, method: string, period: string): Promise<Record<string, string>> {
  const get = async (path: string): Promise<unknown> => (await page.request.get(path)).json();
  const all = await get(`/api/portfolio?method=${method}`) as Portfolio;
  const over = await get(`/api/portfolio/performance?period=${period}`) as Performance;
  const said: Record<string, string> = {
    total_value: all.total_value, cost_basis: all.cost_basis, unrealised: all.unrealised, realised: all.realised, fees: all.fees,
    // What nobody can know is a dash.
    twr: over.time_weighted ?? '–', xirr: over.money_weighted ?? '–', profit: over.profit ?? '–', today: over.today ?? '–',
  };
  if (over.today_return !== null) said.today_return = over.today_return;
  // At most a month of days is on the page.
  for (const { date, value, inflow, outflow } of over.points.slice(-31)) {
    said[`value_on:${date}`] = value ?? '–';
    if (inflow !== '0') said[`put_in_on:${date}`] = inflow;
    if (outflow !== '0') said[`taken_out_on:${date}`] = outflow;
  }
  for (const { asset, quantity, price, share, value, cost, unrealised, realised } of all.holdings) {
    said[`quantity:${asset}`] = quantity;
    said[`price:${asset}`] = price;
    said[`share:${asset}`] = share;
    said[`value:${asset}`] = value;
    said[`cost:${asset}`] = cost;
    // Where nothing can be won, the page has a dash.
    if (asset !== 'USD') said[`unrealised:${asset}`] = unrealised;
    if (realised !== '0') said[`realised:${asset}`] = realised;
  }
  return said;
}

test('the browser computes what the server does, to the last digit, and asks nobody', async ({ page, market }) => {
  test.slow();
  market.set('ethereum', 3_123.45);
  market.set('solana', 151.07);
  await join(page, '/dashboard');
  await take(page, trades());
  const ingredients = page.waitForResponse('**/_fn/portfolio/ingredients*');
  await open(page, '/dashboard');
  await (await ingredients).finished();
  const asked: string[] = [];
  page.on('request', (request) => { if (request.url().includes('/_fn/')) asked.push(request.url()); });
  const before = new Set<string>();
  for (const [title, method] of [['LIFO', 'lifo'], ['HIFO', 'hifo'], ['Average', 'average'], ['FIFO', 'fifo']] as const) {
    for (const [name, period] of [['30 days', '30d'], ['1 year', '1y'], ['All', 'all']] as const) {
      await page.getByTestId('methods').getByRole('link', { name: title }).click();
      await page.getByTestId('periods').getByRole('link', { name, exact: true }).click();
      await expect(page.getByTestId('periods').getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'true');
      await expect(page.getByTestId('methods').getByRole('link', { name: title })).toHaveAttribute('aria-current', 'true');
      const server = await told(page, method, period);
      await expect.poll(() => figures(page), `${method} ${period}`).toEqual(server);
      before.add(JSON.stringify([server.realised, server.unrealised]));
    }
  }
  // Otherwise nothing was compared that depends on the method.
  expect(before.size).toBe(4);
  expect(asked.filter((url) => !url.includes('/portfolio/ingredients'))).toEqual([]);
  // A figure explains itself without asking anybody, too.
  await page.getByTestId('totals').locator('[data-figure=realised]').click();
  await expect(page.getByTestId('explain')).toContainText('Realised profit with BTC');
  expect(asked.filter((url) => !url.includes('/portfolio/ingredients'))).toEqual([]);
});

test('the totals follow the price, and what is entered or traded elsewhere comes by itself', async ({ page, market, context }) => {
  test.slow();
  await join(page, '/dashboard');
  await take(page, 'date,type,asset,quantity,total\n2024-01-31,buy,BTC,2,50000');
  const total = page.getByTestId('total-value');
  await expect(total).toHaveText(`$${(2 * START).toLocaleString('en-US')}.00`);
  market.set('bitcoin', START + 500);
  await expect(total).toHaveText(`$${(2 * START + 1_000).toLocaleString('en-US')}.00`);
  await expect(page.locator('[data-figure="unrealised:BTC"]')).toHaveText('+$71,000.00');
  // The same person in another tab.
  const other = await context.newPage();
  await open(other, '/wallet');
  const form = other.getByTestId('deposit');
  await form.getByLabel('Asset').selectOption('USD');
  await form.getByLabel('Amount').fill('250');
  await form.getByRole('button', { name: 'Deposit' }).click();
  await expect(total).toHaveText('$121,250.00');
  await expect(page.getByTestId('activity').getByRole('row').nth(1)).toContainText('$250.00');
});

bothWays(test, (go, scripts) => {
  test('a holding is changed', async ({ page, expectConsole }) => {
    expectConsole(/status of 422/);
    await join(page, '/dashboard', go);
    await page.getByRole('link', { name: 'Add a holding' }).click();
    const add = page.getByTestId('add-holding');
    await add.getByLabel('Coin').selectOption('bitcoin');
    await add.getByLabel('Quantity').fill('0.5');
    await add.getByLabel('Price').fill('$20,000.00');
    await add.getByLabel('Bought on').fill('2024-05-06');
    await add.getByLabel('Note').fill('Cold storage');
    await add.getByRole('button', { name: 'Add holding' }).click();
    await page.getByTestId('manual').getByRole('link', { name: /^Change: 0.5 BTC/ }).click();
    const form = page.getByTestId('change-holding');
    await expect(form.getByLabel('Quantity')).toHaveValue('0.5');
    await expect(form.getByLabel('Price')).toHaveValue('20000');
    await expect(form.getByLabel('Bought on')).toHaveValue('2024-05-06');
    await expect(form.getByLabel('Note')).toHaveValue('Cold storage');
    await form.getByLabel('Quantity').fill('-1');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('Must be above zero')).toBeVisible();
    await form.getByLabel('Quantity').fill('0.75');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('status').filter({ hasText: '0.75 BTC are in your portfolio now' })).toBeVisible();
    await expect(page.locator('[data-figure="cost:BTC"]')).toHaveText('$15,000.00');
    await expect(page.getByTestId('manual')).toContainText('Cold storage');
  });

  test('what was changed elsewhere meanwhile is not undone', async ({ page, expectConsole }) => {
    expectConsole(/status of 409/);
    await join(page, '/dashboard', go);
    const headers = { 'Sec-Fetch-Site': 'same-origin' };
    const bought = { coin: 'bitcoin', quantity: '0.5', price: '20000', date: '2024-05-06T00:00:00Z' };
    const added = await page.request.post('/api/portfolio/holdings', { headers, data: bought });
    const { holding } = await added.json() as { holding: { id: string } };
    await go(page, `/dashboard?edit=${holding.id}`);
    const form = page.getByTestId('change-holding');
    await form.getByLabel('Note').fill('Cold storage');
    const changed = await page.request.patch(`/api/portfolio/holdings/${holding.id}`, { headers, data: { quantity: '2' } });
    expect(changed.status()).toBe(200);
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('This was changed meanwhile')).toBeVisible();
    const now = await (await page.request.get('/api/portfolio/holdings')).json() as { holdings: unknown[] };
    expect(now.holdings).toMatchObject([{ quantity: '2', note: '' }]);
  });

  test('a file is looked at, taken in and not taken twice', async ({ page, expectConsole }) => {
    test.slow();
    expectConsole(/status of 422/);
    const file = 'date;type;asset;quantity;total\n2024-01-31;buy;BTC;1,5;30000\n2024-02-30;buy;ETH;1;2000\n2024-03-01;sell;BTC;0,5;20000\n';
    await join(page, '/dashboard', go);
    await page.getByRole('link', { name: 'Import trades' }).click();
    const form = page.getByTestId('import');
    await send(page, 'empty.csv', '');
    await expect(form.getByText('Must be chosen, and not empty')).toBeVisible();
    await send(page, 'picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x00, 0xff, 0xfe]));
    await expect(form.locator('.field-error').first()).not.toBeEmpty();
    await send(page, 'trades.csv', file);
    const report = page.getByTestId('import-report');
    await expect(report).toContainText('2 rows would go in, 0 known already, 0 without effect, 1 that can\'t be taken. Nothing has been imported yet.');
    await expect(report.getByRole('row').nth(1)).toContainText('3Can\'t be taken');
    await expect(report).toContainText('Buy 1.5 BTC for 30,000 USD');
    if (scripts) await expectAccessible(page);
    await keep(page, `import-${scripts ? 'js' : 'plain'}`);
    await report.getByRole('button', { name: 'Import 2 rows' }).click();
    await expect(page.getByRole('status').filter({ hasText: '2 rows went into your portfolio, 1 row could not be taken' })).toBeVisible();
    await page.getByRole('link', { name: 'Close' }).click();
    // One is left of what cost 30,000 for one and a half.
    await expect(page.locator('[data-figure="cost:BTC"]')).toHaveText('$20,000.00');
    await page.getByRole('link', { name: 'Import trades' }).click();
    await send(page, 'trades.csv', file);
    await expect(report).toContainText('0 rows would go in, 2 known already');
    await expect(report.getByRole('button', { name: /^Import/ })).toHaveCount(0);
  });

  test('an import is taken out again, after one more question', async ({ page }) => {
    await join(page, '/dashboard', go);
    await page.getByRole('link', { name: 'Import trades' }).click();
    await send(page, 'trades.csv', 'date,type,asset,quantity,total\n2024-01-31,buy,BTC,2,50000\n2024-02-01,buy,ETH,1,2000\n');
    await page.getByTestId('import-report').getByRole('button', { name: 'Import 2 rows' }).click();
    const imports = page.getByTestId('imports').getByRole('listitem');
    await expect(imports).toHaveCount(1);
    await expect(imports).toContainText('A file of your own (trades.csv)');
    await expect(imports).toContainText('2 entries');
    await expect(page.locator('[data-figure="cost:BTC"]')).toHaveText('$50,000.00');
    await imports.getByRole('link', { name: /^Remove/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove an import' });
    await expect(dialog).toContainText('2 entries will leave your portfolio');
    if (scripts) await expectAccessible(page);
    await keep(page, `import-remove-${scripts ? 'js' : 'plain'}`);
    await dialog.getByRole('button', { name: 'Remove the import' }).click();
    await expect(page.getByRole('status').filter({ hasText: '2 entries have left your portfolio' })).toBeVisible();
    await expect(imports).toHaveCount(0);
    await expect(page.locator('[data-figure="cost:BTC"]')).toHaveCount(0);
    await expect(page).toHaveURL('/dashboard');
  });

  test('a sale says beforehand what it would make under each method', async ({ page }) => {
    test.slow();
    await trader(page, { BTC: '1', USD: '1000' }, go);
    await review(page, { side: 'Sell', type: 'Market', fields: { 'Quantity (BTC)': '0.5' } });
    const outlook = page.getByTestId('outlook');
    for (const method of ['fifo', 'lifo', 'hifo', 'average']) {
      const row = outlook.locator(`tr[data-method=${method}]`);
      await expect(row).toContainText('1 lot');
      // Half of what a bitcoin was worth when it came.
      await expect(row).toContainText('$30,000.00');
    }
    await expect(outlook.locator('tr[data-method=fifo]')).toContainText('(yours)');
    await page.setViewportSize({ width: 360, height: 800 });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways, 'horizontal scrolling on a phone').toBeLessThanOrEqual(0);
    if (scripts) await expectAccessible(page);
    await outlook.locator('summary').click();
    await expect(outlook).toContainText('0.5 BTC of');
    await review(page, { side: 'Buy', type: 'Market', fields: { 'Quantity (BTC)': '0.01' } });
    await expect(page.getByTestId('review')).toBeVisible();
    await expect(outlook).toHaveCount(0);
  });
});

test('a dialog keeps the focus within, closes by Esc and can be come back to', async ({ page }) => {
  await join(page, '/dashboard');
  await page.getByRole('link', { name: 'Add a holding' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a holding' });
  await expect(dialog.getByLabel('Quantity')).toBeFocused();
  await expect(page).toHaveURL('/dashboard?add');
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(() => {
      const active = document.activeElement;
      return active !== document.body && active?.closest('dialog') === null;
    });
    expect(outside, `after ${presses + 1} tabs`).toBe(false);
  }
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL('/dashboard');
  await expect(dialog).toHaveCount(0);
  // Whoever goes back has closed it already, and comes to where they were before.
  await page.goBack();
  await expect(page).toHaveURL('/dashboard');
  await expect(dialog).toHaveCount(0);
});

test('a form that was come back to closes when it is sent', async ({ page }) => {
  await join(page, '/dashboard');
  await page.getByRole('link', { name: 'Add a holding' }).click();
  const add = page.getByTestId('add-holding');
  await add.getByLabel('Quantity').fill('1');
  await add.getByLabel('Price').fill('10');
  await add.getByRole('button', { name: 'Add holding' }).click();
  await page.getByTestId('manual').getByRole('link', { name: /^Change/ }).click();
  const form = page.getByTestId('change-holding');
  await expect(form).toBeVisible();
  await page.goBack();
  await expect(form).toHaveCount(0);
  await page.goForward();
  await form.getByLabel('Quantity').fill('2');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'are in your portfolio now' })).toBeVisible();
  await expect(page).toHaveURL('/dashboard');
  await expect(form).toHaveCount(0);
});

test('what a program enters is there when one looks at the page again, and nothing is left after logging out elsewhere', async ({ page, context, expectConsole }) => {
  test.slow();
  expectConsole(/status of 401/);
  await join(page, '/dashboard');
  await take(page, 'date,type,asset,quantity,total\n2024-01-31,buy,BTC,2,50000');
  const cost = page.locator('[data-figure="cost:BTC"]');
  await expect(cost).toHaveText('$50,000.00');
  const file = 'date,type,asset,quantity,total\n2024-02-01,buy,BTC,1,1000\n';
  const sent = await page.request.post('/api/portfolio/import', {
    data: file, headers: { 'Content-Type': 'text/csv', 'Sec-Fetch-Site': 'same-origin' },
  });
  expect(sent.status()).toBe(200);
  const answered = page.waitForResponse('**/_fn/portfolio/ingredients*');
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await answered;
  await expect(cost).toHaveText('$51,000.00');
  await expect(page.getByTestId('imports').getByRole('listitem')).toHaveCount(2);
  // When nothing is new, next to nothing is sent.
  const again = page.waitForResponse('**/_fn/portfolio/ingredients*');
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  const small = await (await again).json() as { ingredients: { closes: unknown; news: { told: unknown } } };
  expect([small.ingredients.closes, small.ingredients.news.told]).toEqual([null, null]);
  const other = await context.newPage();
  await open(other, '/wallet');
  await other.getByTestId('user-menu').locator('summary').click();
  await other.getByTestId('user-menu').getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/auth/);
  await expect(page.getByTestId('total-value')).toHaveCount(0);
});

test('without a network a dialog that can not come says so where one looks', async ({ page, context, expectConsole }) => {
  expectConsole(/Failed to fetch|ERR_INTERNET_DISCONNECTED/);
  await join(page, '/dashboard');
  await take(page, 'date,type,asset,quantity,total\n2024-01-31,buy,BTC,2,50000');
  await context.setOffline(true);
  await page.getByRole('link', { name: 'Add a holding' }).click();
  await expect(page.getByTestId('failed')).toBeInViewport();
  await context.setOffline(false);
  await expect(page.getByRole('dialog', { name: 'Add a holding' })).toBeVisible();
});
