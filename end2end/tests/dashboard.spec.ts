import type { Page } from '@playwright/test';
import { join, test } from '../support/people';
import { expect, expectAccessible, keep, open } from '../support/test';
import { bothWays } from '../support/ways';

/** Enters a holding on the dashboard. */
async function hold(page: Page, coin: string, quantity: string, price: string, date: string): Promise<void> {
  const form = page.getByTestId('add-holding');
  if (!(await form.isVisible())) {
    await page.getByRole('link', { name: 'Add a holding' }).click();
  }
  await form.getByLabel('Coin').selectOption(coin);
  await form.getByLabel('Quantity').fill(quantity);
  await form.getByLabel('Price').fill(price);
  await form.getByLabel('Bought on').fill(date);
  await form.getByRole('button', { name: 'Add holding' }).click();
  await expect(page.getByRole('status').filter({ hasText: `${quantity} ` })).toBeVisible();
  await expect(form).toHaveCount(0);
}

bothWays(test, (go) => {
  test('from nothing to holdings that explain themselves under another method', async ({ page, expectConsole }) => {
    test.slow();
    expectConsole(/status of 422/);
    await join(page, '/dashboard', go);
    await expect(page.getByText('Your portfolio begins with the first thing you own')).toBeVisible();
    await page.getByRole('link', { name: 'Add a holding' }).click();
    const form = page.getByTestId('add-holding');
    await form.getByLabel('Quantity').fill('lots');
    await form.getByLabel('Price').fill('1');
    await form.getByRole('button', { name: 'Add holding' }).click();
    await expect(form.getByText('Must be a decimal number')).toBeVisible();
    await hold(page, 'ethereum', '1', '100', '2020-01-31');
    await hold(page, 'ethereum', '2', '300', '2021-01-31');
    const row = page.getByTestId('holdings').locator('tr[data-asset=ETH]');
    await expect(row).toContainText('3');
    // 100 + 600.
    await expect(row.locator('[data-figure="cost:ETH"]')).toHaveText('$700.00');
    await expect(page.getByTestId('value-chart')).toBeVisible();
    await page.getByTestId('methods').getByRole('link', { name: 'LIFO' }).click();
    await expect(page).toHaveURL(/method=lifo/);
    await expect(page.getByTestId('methods').getByRole('link', { name: 'LIFO' })).toHaveAttribute('aria-current', 'true');
    await page.getByRole('button', { name: 'Keep LIFO as my method' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'LIFO is your method from now on' })).toBeVisible();
    await go(page, '/dashboard');
    await expect(page.getByTestId('methods').getByRole('link', { name: 'LIFO' })).toHaveAttribute('aria-current', 'true');
    await page.getByTestId('methods').getByRole('link', { name: 'LIFO' }).click();
    await expect(page).toHaveURL(/method=lifo/);
    await page.getByTestId('totals').locator('[data-figure=unrealised]').click();
    await expect(page).toHaveURL(/method=lifo&explain=unrealised/);
    const explained = page.getByTestId('explain');
    await expect(explained).toContainText('Price of ETH');
    await expect(explained.getByRole('link', { name: 'As JSON' })).toHaveAttribute('href', /explain\?figure=unrealised/);
    await explained.getByRole('link', { name: 'Close' }).click();
    await expect(explained).toHaveCount(0);
    await page.getByTestId('periods').getByRole('link', { name: '30 days' }).click();
    await expect(page).toHaveURL(/period=30d/);
    const manual = page.getByTestId('manual').getByRole('listitem');
    await expect(manual).toHaveCount(2);
    await manual.first().getByRole('link', { name: /^Delete/ }).click();
    // It asks once more, and can be left as it is.
    await page.getByRole('dialog', { name: 'Delete a holding' }).getByRole('link', { name: 'Close' }).click();
    await expect(manual).toHaveCount(2);
    await manual.first().getByRole('link', { name: /^Delete/ }).click();
    await page.getByTestId('delete-holding').getByRole('button', { name: 'Delete the holding' }).click();
    await expect(manual).toHaveCount(1);
    await expect(row.locator('[data-figure="cost:ETH"]')).toHaveText('$600.00');
  });
});

test('whoever is not signed in is led there and back', async ({ page }) => {
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/auth?next=/dashboard');
});

for (const width of [360, 1280]) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`the dashboard is tidy and accessible, ${width} wide, ${colorScheme}`, async ({ page }) => {
      test.slow();
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await join(page, '/dashboard');
      await expectAccessible(page);
      await keep(page, `dashboard-empty-${width}-${colorScheme}`);
      await hold(page, 'bitcoin', '0.12345678', '9876.54', '2019-05-05');
      await hold(page, 'solana', '20', '150', '2022-02-02');
      await open(page, '/dashboard?explain=unrealised:BTC');
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(sideways, 'horizontal scrolling').toBeLessThanOrEqual(0);
      await expectAccessible(page);
      await keep(page, `dashboard-${width}-${colorScheme}`);
      for (const form of ['add', 'import']) {
        await open(page, `/dashboard?${form}`);
        await expect(page.getByRole('dialog')).toBeVisible();
        await expectAccessible(page);
        await keep(page, `dashboard-${form}-${width}-${colorScheme}`);
      }
    });
  }
}

test('what a figure is made of opens beside the page, and gives the focus back', async ({ page }) => {
  await join(page, '/dashboard');
  await hold(page, 'bitcoin', '0.5', '20000', '2020-01-31');
  const figure = page.locator('[data-figure="cost:BTC"]');
  const title = page.getByRole('heading', { name: 'What it is made of' });
  await figure.focus();
  const before = await page.evaluate(() => scrollY);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/explain=cost/);
  await expect(title).toBeFocused();
  await expect(title).toBeInViewport();
  expect(await page.evaluate(() => scrollY)).toBe(before);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL('/dashboard');
  await expect(page.getByTestId('explain')).toHaveCount(0);
  await expect(figure).toBeFocused();
  await page.setViewportSize({ width: 360, height: 740 });
  await figure.click();
  await expect(title).toBeInViewport();
  await expectAccessible(page);
});

test('the focus stays where it was led when the browser begins to compute by itself', async ({ page }) => {
  await join(page, '/dashboard');
  await hold(page, 'bitcoin', '0.5', '20000', '2020-01-31');
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/_fn/portfolio/ingredients*', async (route) => {
    await held;
    await route.continue();
  });
  await open(page, '/dashboard');
  const figure = page.locator('[data-figure="cost:BTC"]');
  await figure.press('Enter');
  const title = page.getByRole('heading', { name: 'What it is made of' });
  await expect(title).toBeVisible();
  const taken = page.waitForResponse('**/_fn/portfolio/ingredients*');
  release();
  await (await taken).finished();
  await expect(page.locator('.chart-plot.is-live')).toBeVisible();
  await expect(title).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(figure).toBeFocused();
});

test('every figure leads to what it is made of, and today and each day do, too', async ({ page }) => {
  test.slow();
  await join(page, '/dashboard');
  await hold(page, 'bitcoin', '0.5', '20000', '2020-01-31');
  await hold(page, 'ethereum', '2', '300', '2021-01-31');
  await page.getByText('Show as table').click();
  const figures = page.locator('[data-testid=totals] dd, [data-testid=today], [data-testid=total-value], .data-table td.num');
  // What was recorded stands as it is; nothing is made of nothing.
  const unexplained = await figures.evaluateAll((all) => {
    const isRecorded = (cell: Element): boolean => cell.closest('[data-testid=activity]') !== null;
    const leads = (cell: Element): boolean => cell.querySelector('[data-figure]') !== null;
    const text = all.filter((cell) => !isRecorded(cell) && !leads(cell)).map((cell) => cell.textContent ?? '');
    return text.filter((text) => /[1-9]/.test(text));
  });
  expect(unexplained).toEqual([]);
  const names = await page.locator('[data-figure]').evaluateAll((all) => all.map((link) => link.getAttribute('data-figure') ?? ''));
  for (const expected of ['price:BTC', 'quantity:ETH', 'today_return']) {
    expect(names).toContain(expected);
  }
  expect(names.filter((name) => name.startsWith('value_on:'))).toHaveLength(31);
  // Of the days the last two: they are alike.
  const days = names.filter((name) => name.includes('_on:')).slice(0, 4);
  for (const figure of [...names.filter((name) => !name.includes('_on:')), ...days]) {
    const html = await (await page.request.get(`/dashboard?explain=${encodeURIComponent(figure)}`)).text();
    expect(html, figure).toMatch(/What it is made of|Why this is not known/);
  }
});
