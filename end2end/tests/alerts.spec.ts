import { join, test } from '../support/people';
import { expect, expectAccessible, keep, open } from '../support/test';
import { bothWays } from '../support/ways';

bothWays(test, (go) => {
  test('an alert is set, switched off and on, told when it comes, and deleted', async ({ page, expectConsole }) => {
    test.slow();
    expectConsole(/status of 422/);
    await join(page, '/alerts', go);
    await expect(page.getByText('None yet.')).toBeVisible();
    const form = page.getByTestId('add-alert');
    await form.getByLabel('Coin').selectOption('ethereum');
    await form.getByLabel('Price').fill('cheap');
    await form.getByRole('button', { name: 'Set alert' }).click();
    await expect(form.getByText('Not a decimal number')).toBeVisible();
    await form.getByLabel('Coin').selectOption('ethereum');
    await form.getByLabel('Price').fill('100000000');
    await form.getByLabel('Repeat').selectOption('At most once an hour');
    await form.getByLabel('Note').fill('to the moon');
    await form.getByRole('button', { name: 'Set alert' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The alert is set.' })).toBeVisible();
    const row = page.getByTestId('alerts').getByRole('row', { name: /Ethereum rises to \$100,000,000/ });
    await expect(row.getByRole('rowheader')).toHaveText(/^Ethereum rises to \$100,000,000\S* to the moon$/);
    await expect(row).toContainText('At most once an hour');
    await expect(row).toContainText('Waits for it');
    await row.getByRole('button', { name: /^Switch off/ }).click();
    await expect(page.getByRole('status').filter({ hasText: 'switched off' })).toBeVisible();
    await expect(row).toContainText('Off');
    await row.getByRole('button', { name: /^Switch on/ }).click();
    await expect(page.getByRole('status').filter({ hasText: 'waits again' })).toBeVisible();
    await row.getByRole('button', { name: /^Delete/ }).click();
    await expect(page.getByText('None yet.')).toBeVisible();

    await page.getByRole('navigation', { name: 'What to wait for' }).getByRole('link', { name: 'Portfolio' }).click();
    await expect(page).toHaveURL('/alerts?new=portfolio');
    await form.getByLabel('Value').fill('500');
    await form.getByRole('button', { name: 'Set alert' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The alert is set.' })).toBeVisible();
    // Until it has been seen that there is less.
    await expect(async () => {
      await go(page, '/alerts');
      await expect(page.getByTestId('alerts')).toContainText('Waits for it', { timeout: 500 });
    }).toPass();
    await go(page, '/wallet');
    const deposit = page.getByTestId('deposit');
    await deposit.getByLabel('Asset').selectOption('USD');
    await deposit.getByLabel('Amount').fill('600');
    await deposit.getByRole('button', { name: 'Deposit' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'are in your wallet' })).toBeVisible();
    const told = page.getByTestId('notifications').getByRole('listitem');
    await expect(async () => {
      await go(page, '/notifications');
      await expect(told).toHaveCount(1, { timeout: 500 });
    }).toPass();
    await expect(page.getByTestId('bell')).toHaveText('1');
    await expect(told).toContainText('Your portfolio has risen to $500.00');
    await expect(told).toContainText('It is worth $600.00 now.');
    await expect(told.getByText('New', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Mark all as read' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'Everything is read.' })).toBeVisible();
    await expect(page.getByTestId('bell')).toHaveText('');
    await go(page, '/alerts');
    await expect(page.getByTestId('alerts')).toContainText('Was told');
    await expect(told.getByText('New', { exact: true })).toHaveCount(0);
  });

  test('of what one is told by e-mail is chosen in the settings', async ({ page }) => {
    await join(page, '/settings/notifications', go);
    const alerts = page.getByLabel('Alerts', { exact: true });
    await expect(alerts).toBeChecked();
    await alerts.uncheck();
    await page.getByLabel('Orders that were filled').check();
    await expect(page.getByLabel('Sign-ins')).toBeDisabled();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'from now on' })).toBeVisible();
    await go(page, '/settings/notifications');
    await expect(page.getByLabel('Alerts', { exact: true })).not.toBeChecked();
    await expect(page.getByLabel('Orders that were filled')).toBeChecked();
  });
});

bothWays(test, (go) => {
  test("on a coin's own page one sees what one has of it, and sets an alert from there", async ({ page, expectConsole }) => {
    expectConsole(/status of 422/);
    await join(page, '/wallet', go);
    await go(page, '/coins/bitcoin');
    await expect(page.getByText('You have none.')).toBeVisible();
    const form = page.getByTestId('add-alert');
    await form.getByLabel('Price').fill('none');
    await form.getByRole('button', { name: 'Set alert' }).click();
    await expect(form.getByText('Not a decimal number')).toBeVisible();
    await form.getByLabel('Price').fill('100000000');
    await form.getByRole('button', { name: 'Set alert' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The alert is set.' })).toBeVisible();
    await expect(page).toHaveURL(/\/coins\/bitcoin$/);
    await expect(page.getByTestId('set-alerts')).toContainText('Bitcoin rises to $100,000,000');
    await go(page, '/wallet');
    const deposit = page.getByTestId('deposit');
    await deposit.getByLabel('Asset').selectOption('BTC');
    await deposit.getByLabel('Amount').fill('0.5');
    await deposit.getByRole('button', { name: 'Deposit' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'in your wallet' })).toBeVisible();
    await go(page, '/coins/bitcoin');
    await expect(page.getByTestId('position')).toContainText('0.5 BTC');
    await expect(page.getByTestId('position')).toContainText('It is worth$');
  });
});

test("a press on a coin's chart takes its price, and so does Enter where the keys have led", async ({ page }) => {
  await join(page, '/coins/bitcoin');
  // Whoever got here by a link is led to the whole page.
  await page.getByRole('link', { name: 'Your position, and alerts' }).click();
  const price = page.getByTestId('add-alert').getByLabel('Price');
  const plot = page.locator('.chart-live');
  await plot.click({ position: { x: 200, y: 20 } });
  await expect(price).toHaveValue(/^\d+\.\d\d$/);
  await expect(price).toBeFocused();
  await price.fill('');
  await plot.focus();
  await plot.press('ArrowLeft');
  await plot.press('Enter');
  await expect(price).toHaveValue(/^\d+\.\d\d$/);
  await page.getByRole('button', { name: 'Set alert' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The alert is set.' })).toBeVisible();
});

test('alerts are for everybody, on a phone, too', async ({ page }) => {
  await join(page, '/alerts');
  for (const kind of ['price', 'move', 'portfolio', 'feed']) {
    await open(page, `/alerts?new=${kind}`);
    await expect(page.getByTestId('add-alert')).toBeVisible();
    await expectAccessible(page);
  }
  await page.getByRole('button', { name: 'Set alert' }).click();
  await expect(page.getByTestId('alerts')).toContainText('No source of prices delivers');
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    // Nothing has to be moved into sight.
    for (const name of [/^Switch off/, /^Delete/]) {
      const box = await page.getByTestId('alerts').getByRole('button', { name }).boundingBox();
      const [left, right] = box === null ? [-1, -1] : [box.x, box.x + box.width];
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(width);
    }
    await keep(page, `alerts-${width}`);
  }
});
